import { describe, expect, it } from '@jest/globals';
import { ManualClock } from 'nestjs-breakwater/testing';

describe('a manual clock', () => {
  it('stands still until it is advanced, and its wall clock is a settable epoch plus its time', async () => {
    const clock = new ManualClock(1000);
    clock.epoch = Date.UTC(2030, 0, 1);
    expect([clock.now(), clock.wallNow()]).toEqual([1000, Date.UTC(2030, 0, 1) + 1000]);
    await clock.advance(500);
    expect([clock.now(), clock.wallNow()]).toEqual([1500, Date.UTC(2030, 0, 1) + 1500]);
  });

  it('runs what falls due in order, what timers start too, with the promise reactions in between', async () => {
    const clock = new ManualClock();
    const log: string[] = [];
    const note = (what: string) => log.push(`${what} at ${clock.now()}`);
    clock.setTimeout(() => {
      note('second');
      void Promise.resolve().then(() => note('reaction'));
    }, 20);
    clock.setTimeout(() => {
      note('first');
      clock.setTimeout(() => note('nested'), 5);
    }, 10);
    clock.setTimeout(() => note('also first'), 10);
    clock.setTimeout(() => note('later'), 21);
    clock.clearTimeout(clock.setTimeout(() => note('never'), 1));
    await clock.advance(20);
    const due = ['first at 10', 'also first at 10', 'nested at 15', 'second at 20', 'reaction at 20'];
    expect(log).toEqual(due);
    expect(clock.pending).toBe(1);
  });

  it('adds up advances that nobody has waited for, and never goes back', async () => {
    const clock = new ManualClock();
    const seen: number[] = [];
    for (const ms of [20, 120, 150]) clock.setTimeout(() => seen.push(clock.now()), ms);
    await Promise.all([clock.advance(100), clock.advance(50)]);
    expect([clock.now(), seen]).toEqual([150, [20, 120, 150]]);
  });
});
