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

/** As many keys as there are numbers below `count`, in a random order of use. */
const uses = (count: number, length: number) =>
  fc.array(fc.record({ key: fc.nat(count - 1).map(String), busy: fc.boolean() }), {
    minLength: length,
    maxLength: length,
  });

const idle = (made: string): Value => ({ key: made, serial: 0, busy: false });

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

  it('lets the least recently used idle value leave, also where values become idle at any time', () => {
    const toggles = fc.oneof(fc.record({ obtain: key }), fc.record({ toggle: key }));
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(toggles, { maxLength: 100, size: 'max' }),
        (maxKeys, steps) => {
          const map = new LruMap<Value>({ maxKeys, idleTtl: Infinity, mayExpire: ({ busy }) => !busy });
          const model = new ObviousMap(maxKeys, Infinity);
          for (const { obtain, toggle } of steps as Step[]) {
            if (obtain !== undefined) {
              const value = map.obtain(obtain, 0, idle);
              model.obtain(obtain, 0, () => value);
            }
            const toggled = toggle === undefined ? undefined : map.peek(toggle);
            if (toggled) toggled.busy = !toggled.busy;
            expect(map.values(0).map(({ key: kept }) => kept)).toEqual(
              model.values(0).map(({ key: kept }) => kept),
            );
          }
        },
      ),
      runs(500),
    );
  });

  it('is as exact with hundreds of keys, where a value becomes busy or idle with its own use', () => {
    fc.assert(
      fc.property(fc.integer({ min: 65, max: 200 }), uses(400, 1500), (maxKeys, steps) => {
        const map = new LruMap<Value>({ maxKeys, idleTtl: Infinity, mayExpire: ({ busy }) => !busy });
        const model = new ObviousMap(maxKeys, Infinity);
        for (const { key: used, busy } of steps) {
          const value = map.obtain(used, 0, idle);
          model.obtain(used, 0, () => value).busy = busy;
        }
        expect(map.values(0)).toEqual(model.values(0));
        expect(map.values(0).length).toBeLessThanOrEqual(maxKeys);
      }),
      runs(30),
    );
  });

  it('finds one value that has become idle among thousands of busy ones, within a share of new keys', () => {
    fc.assert(
      fc.property(fc.nat(1999), (which) => {
        const map = new LruMap<Value>({ maxKeys: 2000, idleTtl: Infinity, mayExpire: ({ busy }) => !busy });
        const add = (made: string) => (map.obtain(made, 0, idle).busy = true);
        for (let made = 0; made < 2100; made++) add(`${made}`);
        const [...kept] = map.values(0);
        const late = kept[which];
        late.busy = false;
        for (let made = 0; made < 2000 / 64 + 2; made++) add(`new ${made}`);
        expect(map.peek(late.key)).toBeUndefined();
        expect(map.values(0)).toHaveLength(2000);
      }),
      runs(20),
    );
  });

  it('looks at a bounded number of values for each new key, be they all busy, and be they all old', () => {
    let looks = 0;
    const mayExpire = ({ busy }: Value) => {
      looks++;
      return !busy;
    };
    const map = new LruMap<Value>({ maxKeys: 5000, idleTtl: 100, mayExpire });
    const busy = (made: string): Value => ({ key: made, serial: 0, busy: true });
    for (let made = 0; made < 5000; made++) map.obtain(`${made}`, made % 2, busy);
    looks = 0;
    for (let made = 0; made < 2000; made++) map.obtain(`new ${made}`, made, busy);
    expect(looks).toBeLessThan(5000 + 2000 * 130);
    expect(map.values(2000)).toHaveLength(5000);
  });

  it('lets values leave for idleness only, and after two times to live at the latest', () => {
    const ttl = 100;
    const steps = fc.array(
      fc.record({ use: fc.option(fc.nat(120)), flip: fc.option(fc.nat(120)), wait: fc.nat(20) }),
      {
        minLength: 200,
        maxLength: 400,
      },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const map = new LruMap<Value>({ maxKeys: 200, idleTtl: ttl, mayExpire: ({ busy }) => !busy });
        /** When each value was last used, and since when it has been the way it is. */
        const seen = new Map<Value, { usedAt: number; since: number }>();
        const wrong: Value[] = [];
        let now = 0;
        for (const { use, flip, wait } of all) {
          now += wait;
          if (use !== null) seen.set(map.obtain(`${use}`, now, idle), { usedAt: now, since: now });
          const flipped = flip === null ? undefined : map.peek(`${flip}`);
          if (flipped) {
            flipped.busy = !flipped.busy;
            seen.set(flipped, { usedAt: now, ...seen.get(flipped), since: now });
          }
          const kept = new Set(map.values(now));
          for (const [value, { usedAt, since }] of seen) {
            const mayBeKept = value.busy || now - since < 2 * ttl;
            const mayBeGone = !value.busy && now - usedAt >= ttl;
            if (kept.has(value) ? !mayBeKept : !mayBeGone) wrong.push(value);
            if (!kept.has(value)) seen.delete(value);
          }
        }
        expect(wrong).toEqual([]);
      }),
      runs(60),
    );
  });

  it('finds a value without using it, unless it is idle for too long', () => {
    const map = new LruMap<Value>({ maxKeys: 2, idleTtl: 100, mayExpire: ({ busy }) => !busy });
    const first = map.obtain('first', 0, idle);
    map.obtain('second', 0, idle);
    expect(map.find('first', 99)).toBe(first);
    map.obtain('third', 99, idle);
    expect(map.find('first', 99)).toBeUndefined();
    expect([map.find('second', 100), map.peek('second')]).toEqual([undefined, undefined]);
  });
});
