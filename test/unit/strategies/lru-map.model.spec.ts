import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LruMap } from '../../../lib/strategies/lru-map.js';
import { runs } from '../../support/property-runs.js';

interface Value {
  readonly key: string;
  readonly serial: number;
  /** A value that is busy is kept as long as that is possible. */
  busy: boolean;
}

/** The obvious map: a list in the order of use, searched from the start each time. */
class ObviousMap {
  private entries: { value: Value; usedAt: number }[] = [];

  constructor(
    private readonly maxKeys: number,
    private readonly idleTtl: number,
  ) {}

  obtain(key: string, now: number, make: (key: string) => Value): Value {
    this.expire(now);
    const found = this.entries.find(({ value }) => value.key === key)?.value;
    if (!found && this.entries.length >= this.maxKeys)
      this.drop((this.entries.find(({ value }) => !value.busy) ?? this.entries[0]).value);
    const value = found ?? make(key);
    this.drop(value);
    this.entries.push({ value, usedAt: now });
    return value;
  }

  values(now: number): Value[] {
    this.expire(now);
    return this.entries.map(({ value }) => value);
  }

  private expire(now: number): void {
    this.entries = this.entries.filter(({ value, usedAt }) => value.busy || now - usedAt < this.idleTtl);
  }

  private drop(gone: Value): void {
    this.entries = this.entries.filter(({ value }) => value !== gone);
  }
}

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'constructor', '__proto__');
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ obtain: key }) },
  { weight: 2, arbitrary: fc.record({ toggle: key }) },
  { weight: 2, arbitrary: fc.record({ wait: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 1, arbitrary: fc.record({ list: fc.constant(true) }) },
);
type Step = { obtain?: string; toggle?: string; wait?: number; list?: boolean };

describe('a bounded map', () => {
  it('holds what the obvious map holds, in the order of use, and never more than its bound', () => {
    const limits = fc.record({
      maxKeys: fc.integer({ min: 1, max: 4 }),
      idleTtl: fc.integer({ min: 1, max: 100 }),
    });
    fc.assert(
      fc.property(
        limits,
        fc.array(step, { maxLength: 80, size: 'max' }),
        ({ maxKeys, idleTtl }, steps: Step[]) => {
          const map = new LruMap<Value>({ maxKeys, idleTtl, mayExpire: ({ busy }) => !busy });
          const model = new ObviousMap(maxKeys, idleTtl);
          let now = 0;
          let serial = 0;
          for (const { obtain, toggle, wait = 0, list } of steps) {
            now += wait;
            if (obtain !== undefined) {
              const value = map.obtain(obtain, now, (made) => ({ key: made, serial: ++serial, busy: false }));
              expect(model.obtain(obtain, now, () => value)).toBe(value);
              expect(map.peek(obtain)).toBe(value);
            }
            const toggled = toggle === undefined ? undefined : map.peek(toggle);
            // what is no longer busy may have been idle for long: both look at the next access
            if (toggled && !toggled.busy) toggled.busy = true;
            if (list) expect(map.values(now)).toEqual(model.values(now));
          }
          expect(map.values(now)).toEqual(model.values(now));
          expect(map.values(now).length).toBeLessThanOrEqual(maxKeys);
        },
      ),
      runs(500),
    );
  });

  it('looks at idleness again after one whole time to live, at the latest', () => {
    const map = new LruMap<Value>({ maxKeys: 9, idleTtl: 100, mayExpire: ({ busy }) => !busy });
    const make = (made: string): Value => ({ key: made, serial: 0, busy: true });
    const early = map.obtain('early', 0, make);
    expect(map.values(100)).toEqual([early]);
    early.busy = false;
    expect(map.values(199)).toEqual([early]);
    expect(map.values(200)).toEqual([]);
    expect(map.peek('early')).toBeUndefined();
  });
});
