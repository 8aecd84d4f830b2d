import { beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { PAGE, PUBLISHED } from '../../../simulate/publish.mjs';
import type { measure, publish } from '../../../simulate/publish.mjs';

const root = new URL('../../../', import.meta.url).pathname;
const read = (path: string) => readFileSync(root + path, 'utf8');

/** In a process of its own: inside a test, where every module is in a context, a simulation takes several times as long. */
const SIMULATE = `
  import { readFileSync } from 'node:fs';
  import { measure, PAGE, publish } from './simulate/publish.mjs';
  const measured = await measure();
  console.log(JSON.stringify({ measured, files: publish(measured, readFileSync(PAGE, 'utf8')) }));
`;

describe('the simulations of the docs', () => {
  let measured: Awaited<ReturnType<typeof measure>>;
  let files: ReturnType<typeof publish>;

  beforeAll(async () => {
    const args = ['--input-type=module', '--eval', SIMULATE];
    const options = { cwd: root, maxBuffer: 2 ** 26, timeout: 290_000 };
    const { stdout } = await promisify(execFile)(process.execPath, args, options);
    ({ measured, files } = JSON.parse(stdout) as { measured: typeof measured; files: typeof files });
    // ten seconds alone on a machine, much more beside others
  }, 300_000);

  it.each(['call', 'failover', 'herd', 'spread', 'contention', 'collapse', 'figures', 'stampede', 'outage'])(
    'draw the picture that is committed: %s',
    (name) => {
      const path = `docs/images/${name}.svg`;
      // a boolean: nobody wants to read the difference of two pictures
      expect(files[path] === read(path)).toBe(true);
    },
  );

  it('fill the page with the numbers that are committed', () => {
    expect(files[PAGE]).toBe(read(PAGE));
  });

  it.each(Object.keys(PUBLISHED))(
    'find the calls and the time that are published for 100 clients: %s',
    (name) => {
      const mine = measured.contention[name].find(({ clients }) => clients === 100);
      const [, calls, time] = PUBLISHED[name].find(([clients]) => clients === 100) ?? [0, NaN, NaN];
      expect(Math.abs((mine?.calls ?? NaN) / calls - 1)).toBeLessThan(0.1);
      expect(Math.abs((mine?.time ?? NaN) / time - 1)).toBeLessThan(0.1);
    },
  );

  it('find the load of 560 requests a second that stays after the outage of HotOS 2021', () => {
    const { attempts, answered } = measured.example.unlimited.after;
    expect(Math.abs(attempts / 560 - 1)).toBeLessThan(0.1);
    expect(answered).toBe(0);
  });

  it('answer every call while the first of two endpoints is down, and ask it seldom once its circuit is open', () => {
    const { answered, attempts } = measured.failover;
    expect(answered).toBe(600);
    expect(attempts.filter(({ failed }) => failed).length).toBeLessThanOrEqual(100);
  });

  it('ask once for each expiry where runs are shared, and once for each caller where they are not', () => {
    const { alone, shared } = measured.stampede;
    expect(shared).toMatchObject({ most: 1, requests: 4 });
    expect(alone.requests).toBeGreaterThan(200);
  });

  it('answer every call of an outage with a stale answer, and fail without one', () => {
    const { without, withStale } = measured.outage;
    expect(withStale.failed).toBe(0);
    expect(withStale.stale).toBe(without.failed);
  });

  it('recover with the default budget where the upstream has room for it, and not without', () => {
    const { limited, unlimited } = measured.collapse;
    expect(limited.after.answered).toBe(limited.after.calls);
    expect(unlimited.after.answered).toBe(0);
  });
});
