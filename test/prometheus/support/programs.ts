import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';

/**
 * Declares a suite where a program is installed, and else says in one line that it is not. With `BREAKWATER_REQUIRE_PROMETHEUS=1` a
 * missing program is a failure.
 */
export function describeWithProgram(program: string, what: string, body: () => void): void {
  if (spawnSync(program, ['--version']).error === undefined) return describe(what, body);
  process.stderr.write(`skipped: ${what}, since ${program} is not installed\n`);
  it(`${what}: ${program} may be missing`, () =>
    expect(process.env.BREAKWATER_REQUIRE_PROMETHEUS).not.toBe('1'));
}
