import { expect, it } from '@jest/globals';
import { CountWindow } from '../../../../lib/strategies/circuit-breaker/count-window.js';
import { TimeWindow } from '../../../../lib/strategies/circuit-breaker/time-window.js';

const success = { failed: false, slow: false };

it('a window over time holds ten buckets at most, and one where it is quiet', () => {
  const window = new TimeWindow(1000);
  let counts: readonly number[] | undefined;
  const sizes = new Set<number>();
  for (let now = 0; now < 5000; now += 50) {
    counts = window.record(counts, success, now);
    sizes.add(counts.length / 4);
  }
  expect(Math.max(...sizes)).toBe(10);
  counts = window.record(counts, success, 60_000);
  expect(counts).toHaveLength(4);
  expect(window.record(counts, success, 60_000)).toBe(counts);
});

it('a window over calls holds a word for fifteen of them, made as they come', () => {
  const window = new CountWindow(40);
  const sizes: number[] = [];
  let counts: readonly number[] | undefined;
  for (let call = 1; call <= 100; call++) {
    counts = window.record(counts, success);
    if (call % 15 < 2 || call > 98) sizes.push(counts.length);
  }
  // four numbers before them: 15 calls, 16, 30, 31, and no more after 45
  expect(sizes).toEqual([5, 5, 6, 6, 7, ...Array<number>(sizes.length - 5).fill(7)]);
});
