import { describe, expect, it } from '@jest/globals';
import { Retryable } from 'nestjs-breakwater';
import { ManualClock } from 'nestjs-breakwater/testing';
import { startApplication, stateOf } from '../../support/application.js';

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

/** A service that fails at once until its clock has moved or enough attempts were made; it notes when they began. */
class Impatient {
  readonly moments: number[] = [];
  now = () => 0;
  attempts = 500;
  work = async () => undefined;

  @Retryable({ baseDelay: 0, maxRetries: 1_000_000, budget: false })
  async call(): Promise<string> {
    this.moments.push(this.now());
    await this.work();
    if (this.moments.length < this.attempts) throw new Error('not yet');
    return 'done';
  }

  momentsSeen(): number[] {
    return [...new Set(this.moments)];
  }
}

async function startImpatient() {
  const app = await startApplication({}, Impatient);
  const service = app.module.get(Impatient);
  service.now = () => app.clock.now();
  return { ...app, service };
}

describe('retries without a delay on a manual clock', () => {
  it('all belong to the moment at which they begin, also if a timer falls due a millisecond later', async () => {
    const { clock, service, module } = await startImpatient();
    const seen: unknown[] = [];
    clock.setTimeout(() => seen.push([clock.now(), service.moments.length]), 1);
    const call = service.call();
    await clock.advance(1000);
    expect(await stateOf(call)).toBe('fulfilled');
    expect([service.momentsSeen(), seen]).toEqual([[0], [[1, 500]]]);
    await module.close();
  });

  it('belong to the moment of the timer that has started them', async () => {
    const { clock, service, module } = await startImpatient();
    clock.setTimeout(() => void service.call(), 10);
    clock.setTimeout(() => undefined, 11);
    await clock.advance(20);
    expect([service.moments.length, service.momentsSeen()]).toEqual([500, [10]]);
    await module.close();
  });

  it('belong to one moment also if each attempt takes a turn of the event loop', async () => {
    const { clock, service, module } = await startImpatient();
    service.work = () => new Promise((resolve) => setImmediate(() => resolve(undefined)));
    clock.setTimeout(() => undefined, 1);
    const call = service.call();
    await clock.advance(10);
    expect(await call).toBe('done');
    expect(service.momentsSeen()).toEqual([0]);
    await module.close();
  });

  it('do not hold time up for ever: a call that never succeeds meets what falls due later', async () => {
    const { clock, service, module } = await startImpatient();
    service.attempts = Infinity;
    const call = service.call().catch(() => 'failed');
    clock.setTimeout(() => (service.attempts = 0), 1);
    await clock.advance(1);
    expect([await call, clock.now(), service.momentsSeen()]).toEqual(['done', 1, [0, 1]]);
    await module.close();
  });
});

describe('a service on a manual clock', () => {
  it('leaves no timer in the background when its calls have settled', async () => {
    const { clock, service, module } = await startImpatient();
    service.attempts = 2;
    await service.call();
    expect(clock.pending).toBe(0);
    await module.close();
  });
});
