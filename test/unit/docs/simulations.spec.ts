import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { measure, PAGE, publish, PUBLISHED } from '../../../simulate/publish.mjs';

const root = new URL('../../../', import.meta.url).pathname;
const read = (path: string) => readFileSync(root + path, 'utf8');

describe('the simulations of docs/backoff.md', () => {
  let measured: Awaited<ReturnType<typeof measure>>;
  let files: Record<string, string>;

  beforeAll(async () => {
    measured = await measure();
    files = publish(measured, read(PAGE));
    // ten seconds alone on a machine, much more beside others
  }, 300_000);

  it.each(['herd', 'spread', 'contention', 'collapse'])('draw the picture that is committed: %s', (name) => {
    const path = `docs/images/${name}.svg`;
    // a boolean: nobody wants to read the difference of two pictures
    expect(files[path] === read(path)).toBe(true);
  });

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

  it('recover with the default budget where the upstream has room for it, and not without', () => {
    const { limited, unlimited } = measured.collapse;
    expect(limited.after.answered).toBe(limited.after.calls);
    expect(unlimited.after.answered).toBe(0);
  });
});
