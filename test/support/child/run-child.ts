import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Runs a program of this folder, with the library's sources, in a process of its own; what it says and how it ended. */
export async function runChild(name: string, { flags = [] as string[], args = [] as string[] } = {}) {
  const { outputFiles } = await build({
    entryPoints: [`${root}test/support/child/${name}.ts`],
    tsconfig: `${root}tsconfig.json`,
    bundle: true,
    packages: 'external',
    alias: { 'nestjs-breakwater': `${root}lib/index.ts` },
    format: 'esm',
    platform: 'node',
    target: 'node20',
    keepNames: true,
    write: false,
  });
  const child = spawn(process.execPath, [...flags, '--input-type=module', '-', ...args], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(outputFiles[0].contents);
  const [said, [code, signal]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return { said, code: code as number | null, signal: signal as NodeJS.Signals | null };
}
