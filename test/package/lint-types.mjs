import { npm } from './process.mjs';

/** "Are the types wrong?" on the packed library; not a devDependency, because it brings a compiler of its own. */
export const lintTypes = (tarball) => npm(['exec', '--yes', '--', '@arethetypeswrong/cli@0.18.5', tarball]);
