import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import type { Clock } from '../../../lib/clock/clock.js';
import { SharedTimer } from '../../../lib/clock/shared-timer.js';
import { systemClock } from '../../../lib/clock/system-clock.js';
import { LONGEST_DELAY } from '../../../lib/clock/timers.js';
import { ManualClock } from '../../../lib/testing/index.js';

const DAY = 86_400_000;

/** A timer on a clock that is moved by hand, with the moments at which it has rung and the delays it has asked for. */
function timerByHand() {
  const clock = new ManualClock();
  const rang: number[] = [];
  const delays: number[] = [];
  const noted: Clock = {
    now: () => clock.now(),
    wallNow: () => clock.wallNow(),
    setTimeout: (fn, ms) => (delays.push(ms), clock.setTimeout(fn, ms)),
    clearTimeout: (handle) => clock.clearTimeout(handle),
  };
  return { clock, rang, delays, noted, timer: new SharedTimer(noted, () => rang.push(clock.now())) };
}

/** A timer on the default clock, and how often it has rung. */
function timerOfTheProcess() {
  const rang = { times: 0 };
  return { rang, timer: new SharedTimer(systemClock, () => void rang.times++) };
}

afterEach(() => void jest.useRealTimers());

describe('a shared timer', () => {
  it('rings once at the moment it was armed for last, and then is not armed', async () => {
    const { clock, rang, timer } = timerByHand();
    timer.arm(500);
    timer.arm(300);
    expect(timer.ringsAt).toBe(300);
    await clock.advance(1000);
    expect([rang, timer.ringsAt, clock.pending]).toEqual([[300], Infinity, 0]);
  });

  it('never rings once it is cancelled, and can be armed again', async () => {
    const { clock, rang, timer } = timerByHand();
    timer.arm(100);
    timer.cancel();
    await clock.advance(200);
    expect([rang, timer.ringsAt]).toEqual([[], Infinity]);
    timer.arm(250);
    await clock.advance(50);
    expect(rang).toEqual([250]);
  });

  it('leaves no timer on a clock of the user when fake timers come', () => {
    const { clock, timer } = timerByHand();
    timer.arm(100);
    jest.useFakeTimers();
    timer.arm(200);
    timer.cancel();
    expect(clock.pending).toBe(0);
  });

  it('waits for what is left where the clock rings early', async () => {
    const { clock, rang, delays, noted } = timerByHand();
    // Node drops the fraction of a delay
    const wholeDelay = (ms: number) => Math.max(1, Math.floor(ms));
    const early = {
      ...noted,
      setTimeout: (fn: () => void, ms: number) => noted.setTimeout(fn, wholeDelay(ms)),
    };
    new SharedTimer(early, () => rang.push(clock.now())).arm(10.4);
    await clock.advance(20);
    expect([rang, delays]).toEqual([[11], [10, 1]]);
  });

  it('waits for months in steps of 24.8 days, one timer at a time', async () => {
    const { clock, rang, delays, timer } = timerByHand();
    timer.arm(60 * DAY);
    expect(clock.pending).toBe(1);
    await clock.advance(60 * DAY);
    expect(rang).toEqual([60 * DAY]);
    expect(delays).toEqual([LONGEST_DELAY, LONGEST_DELAY, 60 * DAY - 2 * LONGEST_DELAY]);
  });

  it('rings in the context it was given, never in that of the call that has armed it', async () => {
    const user = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const look = () => void seen.push(user.getStore());
    const root = user.run('the application', () => new AsyncResource('Root'));
    jest.useFakeTimers();
    user.run('a caller', () => {
      new SharedTimer(systemClock, look, root).arm(systemClock.now() + 5);
      new SharedTimer(systemClock, look).arm(systemClock.now() + 5);
    });
    jest.useRealTimers();
    const rang = new Promise<void>((resolve) => {
      user.run('a caller', () => {
        const last = new SharedTimer(systemClock, () => void [look(), resolve()]);
        new SharedTimer(systemClock, look, root).arm(systemClock.now());
        last.arm(systemClock.now() + 1);
      });
    });
    await rang;
    expect(seen).toEqual(['the application', undefined]);
  });

  it('leaves no timer on a clock of the user when no call waits, and keeps one of Node’s without holding the process', async () => {
    const { clock, timer } = timerByHand();
    timer.arm(300);
    timer.rest();
    expect([clock.pending, timer.ringsAt]).toEqual([0, Infinity]);

    const set = jest.spyOn(systemClock, 'setTimeout');
    const shared = new SharedTimer(systemClock, () => undefined);
    shared.arm(systemClock.now() + 60_000);
    const handle = set.mock.results[0]?.value as NodeJS.Timeout;
    set.mockRestore();
    shared.rest();
    expect([handle.hasRef(), shared.ringsAt < Infinity, shared.isLost]).toEqual([false, true, false]);
    shared.ref();
    expect(handle.hasRef()).toBe(true);
    shared.cancel();
  });
});

describe('a shared timer under fake timers', () => {
  it('is lost when they are put on, rings on them once it is armed again, and is lost when they are taken off', () => {
    const { rang, timer } = timerOfTheProcess();
    timer.arm(systemClock.now() + 60_000);
    expect(timer.isLost).toBe(false);
    jest.useFakeTimers();
    expect(timer.isLost).toBe(true);
    timer.arm(systemClock.now() + 300);
    jest.advanceTimersByTime(299);
    expect(rang.times).toBe(0);
    jest.advanceTimersByTime(1);
    expect(rang.times).toBe(1);
    timer.arm(systemClock.now() + 300);
    jest.useRealTimers();
    expect(timer.isLost).toBe(true);
    timer.arm(systemClock.now() + 60_000);
    expect(timer.isLost).toBe(false);
    timer.cancel();
  });

  it('rings again after the fake timers were cleared', () => {
    const { rang, timer } = timerOfTheProcess();
    jest.useFakeTimers();
    timer.arm(systemClock.now() + 300);
    jest.clearAllTimers();
    expect(timer.isLost).toBe(true);
    timer.arm(systemClock.now() + 300);
    jest.advanceTimersByTime(300);
    expect(rang.times).toBe(1);
  });

  it('leaves no fake timer when no call waits', () => {
    const { timer } = timerOfTheProcess();
    jest.useFakeTimers();
    timer.arm(systemClock.now() + 300);
    expect(jest.getTimerCount()).toBe(1);
    timer.rest();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('looks again on Node’s timers for what was armed before the fake ones, which came and went', async () => {
    const rang = new Promise<void>((resolve) => {
      const timer: SharedTimer = new SharedTimer(systemClock, resolve);
      timer.arm(systemClock.now() + 2);
      jest.useFakeTimers();
      // a call joins while the timers are fake
      timer.arm(timer.ringsAt);
      timer.ref();
      jest.useRealTimers();
    });
    const open = setInterval(() => undefined, 1000);
    try {
      await expect(rang).resolves.toBeUndefined();
    } finally {
      clearInterval(open);
    }
  });
});
