import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const program = fileURLToPath(new URL('../package/sources/good-guest.mjs', import.meta.url));

/** Runs a case of the program in a process of its own, with the files that `npm run build` has made. */
async function run(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', program, ...args]);
  return stdout.trim();
}

describe.each(['esm', 'cjs'])('the files of %s', (format) => {
  it.each([
    ['load no undici and change no global when they are imported', 'import'],
    ['load no undici in an application that only uses decorators', 'decorators'],
    ['load undici at the first request, and leave the built-in fetch as it is', 'request'],
    ['need no undici for a global dispatcher of another copy', 'global'],
    ['say what is missing where undici cannot be loaded', 'missing'],
  ])('%s', async (_rule, name) => {
    expect(await run(name, format)).toBe(`${name}: passed`);
  });

  it.each(['default', 'named'])('load undici at bootstrap if a class injects a %s client', async (which) => {
    expect(await run('injection', format, which)).toBe('injection: passed');
  });
});
