import { run } from './process.mjs';

const CHECKER = '@arethetypeswrong/cli@0.18.5';

/** "Are the types wrong?" on the packed library; not a devDependency, because it brings a compiler of its own. */
export const lintTypes = (tarball) => run('npm', ['exec', '--yes', '--', CHECKER, tarball]);
