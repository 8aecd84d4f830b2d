import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CoarseClock } from '../../../lib/clock/coarse-clock.js';
import { ResilienceEvents } from '../../../lib/events/resilience-events.js';
import { AlarmClock } from '../../../lib/pipeline/alarm-clock.js';
import { mergeLayers } from '../../../lib/policy/layers.js';
import { RateLimit } from '../../../lib/strategies/rate-limit/rate-limit.js';
import { rateLimitRules } from '../../../lib/strategies/rate-limit/rate-limit.options.js';
import { Waiter } from '../../../lib/strategies/chain.js';
import { ManualClock } from '../../../lib/testing/index.js';

interface Numbers {
  limit: number;
  interval: number;
  burst: number;
  maxWait: number;
}

function limitOf(numbers: Numbers, clock: ManualClock): RateLimit {
  return new RateLimit({
    label: { name: 'model' },
    options: mergeLayers(rateLimitRules, [numbers]),
    tools: { clock, coarse: new CoarseClock(clock), events: new ResilienceEvents() },
    newAlarm: (ring) => new AlarmClock(clock, ring),
  });
}

/** The algorithm in whole numbers of any size: times are milliseconds · limit, so nothing is rounded. */
class ExactLimit {
  private due: bigint | undefined;
  readonly line: { id: number; let: boolean }[] = [];
  readonly admitted: number[] = [];

  constructor(private readonly numbers: Numbers) {}

  private get turn(): bigint {
    const { burst, interval } = this.numbers;
    return this.due === undefined ? -1n : this.due - BigInt((burst - 1) * interval);
  }

  /** `tick` is in milliseconds · limit. */
  private count(tick: bigint): void {
    const from = this.due === undefined || tick > this.due ? tick : this.due;
    this.due = from + BigInt(this.numbers.interval);
  }

  call(id: number, now: number): 'admitted' | 'queued' | 'refused' {
    const tick = BigInt(now * this.numbers.limit);
    if (this.line.length === 0 && this.turn <= tick) {
      this.count(tick);
      return 'admitted';
    }
    const ahead = BigInt(this.line.length * this.numbers.interval);
    const wait = (this.turn > tick ? this.turn - tick : 0n) + ahead;
    if (wait > BigInt(this.numbers.maxWait * this.numbers.limit)) return 'refused';
    this.line.push({ id, let: false });
    return 'queued';
  }

  leave(id: number): void {
    const at = this.line.findIndex((waiter) => waiter.id === id);
    if (at >= 0) this.line.splice(at, 1);
  }

  /** Each waiter goes at its very turn. */
  advance(now: number): void {
    const tick = BigInt(now * this.numbers.limit);
    while (this.line.length > 0 && this.turn <= tick) {
      this.count(this.turn);
      this.admitted.push(this.line.shift()?.id as number);
    }
  }
}

const numbers = fc.record({
  limit: fc.integer({ min: 1, max: 7 }),
  interval: fc.integer({ min: 1, max: 50 }),
  burst: fc.integer({ min: 1, max: 4 }),
  maxWait: fc.integer({ min: 0, max: 60 }),
});
const step = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ do: 'call' } as const) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('leave' as const), which: fc.nat(30) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 40 }) }),
  },
);

describe('a rate limit', () => {
  it('does what exact arithmetic says, with calls, waits and leavers in any order', async () => {
    await fc.assert(
      fc.asyncProperty(numbers, fc.array(step, { maxLength: 60 }), async (chosen, steps) => {
        const clock = new ManualClock();
        const limit = limitOf(chosen, clock);
        const model = new ExactLimit(chosen);
        const admitted: number[] = [];
        const waiters: Waiter[] = [];
        for (const next of steps) {
          if (next.do === 'call') {
            const id = waiters.length;
            const waiter = new Waiter(() => admitted.push(id));
            waiters.push(waiter);
            const now = clock.now();
            const how = limit.take(now) ? 'admitted' : limit.queue(waiter, now) ? 'queued' : 'refused';
            expect(how).toBe(model.call(id, now));
          } else if (next.do === 'leave') {
            const waiter = waiters[next.which];
            if (waiter) limit.giveUp(waiter);
            model.leave(next.which);
          } else {
            await clock.advance(next.ms);
            model.advance(clock.now());
          }
          expect(admitted).toEqual(model.admitted);
          expect(limit.queued).toBe(model.line.length);
          expect(clock.pending <= 1 && limit.queued > 0 === clock.pending > 0).toBe(true);
        }
      }),
      { numRuns: 200, seed: 20261124 },
    );
  });
});
