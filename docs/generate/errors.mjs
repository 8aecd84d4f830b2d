// npm run docs:errors: writes docs/errors.md from the failure rules in the code.
import { writeFileSync } from 'node:fs';
import { DOMAINS } from '../../dist/modules/failures/domains.js';
import { errorsPage } from './errors-page.mjs';

writeFileSync(new URL('../errors.md', import.meta.url), errorsPage(DOMAINS));
console.log('docs/errors.md');
