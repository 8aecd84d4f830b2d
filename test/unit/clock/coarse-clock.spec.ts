import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { CoarseClock } from '../../../lib/clock/coarse-clock.js';
import { systemClock } from '../../../lib/clock/system-clock.js';
import { ManualClock } from '../../../lib/testing/index.js';
import { heldClock } from '../../support/held-clock.js';

afterEach(() => void jest.useRealTimers());

describe('the coarse clock', () => {
  it('reads a user’s clock each time, and sets no timer on it', async () => {
    const clock = new ManualClock(1000);
    const coarse = new CoarseClock(clock);
    const seen = [coarse.now()];
    await clock.advance(1);
    seen.push(coarse.now());
    const tick = coarse.current;
    expect([seen, tick.start, tick.end, clock.pending]).toEqual([[1000, 1001], 1001, 1001, 0]);
  });

  it('stands still for ten milliseconds at a time, and ends after a tick that has no reader', async () => {
    const { clock, held, coarse } = heldClock(1000);
    const tick = coarse.current;
    await clock.advance(9);
    const { reads } = held;
    expect([coarse.now(), coarse.current === tick, tick.end]).toEqual([1000, true, Infinity]);
    expect(held.reads).toBe(reads);
    await clock.advance(1);
    expect([tick.end, coarse.now()]).toEqual([1010, 1010]);
    await clock.advance(20);
    expect(clock.pending).toBe(0);
    expect(coarse.now()).toBe(1030);
  });

  it('reads the clock itself once it was stopped, and its last tick has an end', async () => {
    const { clock, coarse } = heldClock(1000);
    const tick = coarse.current;
    await clock.advance(3);
    coarse.stop();
    expect([tick.end, clock.pending, coarse.now()]).toEqual([1003, 0, 1003]);
    await clock.advance(1);
    expect([coarse.now(), coarse.current.end, clock.pending]).toEqual([1004, 1004, 0]);
  });

  it('follows fake timers exactly, sets none of them, and goes on when they are taken off', () => {
    const coarse = new CoarseClock(systemClock);
    const real = coarse.current;
    jest.useFakeTimers();
    const start = coarse.now();
    expect([real.end, start]).toEqual([start, systemClock.now()]);
    jest.advanceTimersByTime(3);
    expect([coarse.now() - start, jest.getTimerCount()]).toEqual([3, 0]);
    jest.useRealTimers();
    const again = coarse.current;
    expect(again.start).toBeGreaterThanOrEqual(start + 3);
    expect([again.end, coarse.current === again]).toEqual([Infinity, true]);
    coarse.stop();
  });
});
