// Applications that another compiler than tsc puts together.
import { packageJson, tsconfig } from '../compile.mjs';

const sources = { 'src/main.ts': 'main.ts', 'src/scenario.ts': 'scenario.ts' };

// esbuild emits no decorator metadata: tsc goes first, as in the Nest documentation
const bundleScript = `import { build } from 'esbuild';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';

// a folder without any node_modules: the bundle stands alone
const folder = mkdtempSync(join(tmpdir(), 'breakwater-bundle-'));
const bundle = join(folder, 'main.cjs');
await build({
  entryPoints: ['dist/main.js'],
  outfile: bundle,
  bundle: true,
  minify: true,
  // Nest finds its providers by the names of classes
  keepNames: true,
  platform: 'node',
  format: 'cjs',
  external: ['@nestjs/microservices', '@nestjs/websockets', '@nestjs/platform-*', 'class-*', '@fastify/*'],
  logLevel: 'error',
});
const { status } = spawnSync(process.execPath, [bundle], { cwd: folder, stdio: 'inherit' });
rmSync(folder, { recursive: true });
process.exitCode = status ?? 1;
`;

const swcScript = `import { transformFile } from '@swc/core';
import { mkdirSync, writeFileSync } from 'node:fs';

const jsc = {
  target: 'es2022',
  parser: { syntax: 'typescript', decorators: true },
  transform: { legacyDecorator: true, decoratorMetadata: true },
  keepClassNames: true,
};
mkdirSync('dist', { recursive: true });
for (const name of ['main', 'scenario']) {
  const { code } = await transformFile(\`src/\${name}.ts\`, { swcrc: false, jsc, module: { type: 'es6' } });
  writeFileSync(\`dist/\${name}.js\`, code);
}
`;

export default [
  {
    name: 'bundled by esbuild, `bundler` resolution',
    yard: 'nest-12',
    isQuick: true,
    uses: ['esbuild', 'typescript'],
    sources,
    files: {
      'package.json': packageJson('module'),
      'tsconfig.json': tsconfig({ module: 'esnext', moduleResolution: 'bundler', skipLibCheck: true }),
      'bundle.mjs': bundleScript,
    },
    steps: [
      ['tsc', '-p', '.'],
      ['node', 'bundle.mjs'],
    ],
  },
  {
    name: 'compiled by SWC with decorator metadata',
    yard: 'nest-12',
    uses: ['@swc/core'],
    sources,
    files: { 'package.json': packageJson('module'), 'compile.mjs': swcScript },
    steps: [
      ['node', 'compile.mjs'],
      ['node', 'dist/main.js'],
    ],
  },
];
