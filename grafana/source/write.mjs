// npm run grafana: writes grafana/breakwater.json; the same bytes every time.
import { writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { dashboard } from './dashboard.mjs';

const file = new URL('../breakwater.json', import.meta.url);
const options = await resolveConfig(file);
writeFileSync(file, await format(JSON.stringify(dashboard()), { ...options, filepath: file.pathname }));
console.log('grafana/breakwater.json');
