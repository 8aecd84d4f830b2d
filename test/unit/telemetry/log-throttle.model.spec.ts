import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LogThrottle } from '../../../lib/telemetry/logging/log-throttle.js';
import { runs } from '../../support/property-runs.js';

const TYPES = ['retry.exhausted', 'circuit.opened'];
const QUIET = 10_000;

/** Names that are those of many families, and such as break a map or look like another one. */
const name = fc.oneof(
  fc.nat(3000).map((at) => `family-${at}`),
  fc.constantFrom('__proto__', 'constructor', '', ' ', 'other names', 'retry.exhausted p', 'a\nb'),
);
const step = fc.record({
  name,
  type: fc.constantFrom(...TYPES),
  times: fc.integer({ min: 1, max: 3 }),
  wait: fc.constantFrom(0, 0, 0, 1, QUIET / 2, QUIET),
});

describe('lines that are held back', () => {
  it('are all told in the end, whatever the families are called, and however many there are', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, isFull) => {
        let told = 0;
        let events = 0;
        let now = 0;
        const toldAt = new Map<string, number>();
        const throttle = new LogThrottle((_type, _name, count) => {
          expect(count).toBeGreaterThan(0);
          told += count;
        });
        const emit = (type: string, family: string) => {
          events++;
          throttle.tellDue(TYPES, family, now);
          if (!throttle.admits(type, family, now)) return;
          told++;
          const place = JSON.stringify([type, family]);
          if (!isFull) expect(now - (toldAt.get(place) ?? -Infinity)).toBeGreaterThanOrEqual(QUIET);
          toldAt.set(place, now);
        };
        if (isFull) for (let at = 0; at < 1000; at++) emit('retry.exhausted', `before-${at}`);
        for (const { name: family, type, times, wait } of steps) {
          now += wait;
          for (let time = 0; time < times; time++) emit(type, family);
        }
        throttle.end();
        expect(told).toBe(events);
      }),
      runs(200),
    );
  });

  it('of more families than are told apart share one line, until the quiet time of the first is over', () => {
    const told: unknown[] = [];
    const throttle = new LogThrottle((...held) => void told.push(held));
    let written = 0;
    const emit = (family: string, now: number) =>
      void (throttle.admits('retry.exhausted', family, now) && written++);
    for (let family = 0; family < 5000; family++) emit(`f${family}`, family / 1000);
    expect(written).toBe(1001);
    emit('f4999', QUIET + 5);
    expect(written).toBe(1002);
    throttle.end();
    expect(told).toEqual([['retry.exhausted', 'other names', 3999]]);
  });
});
