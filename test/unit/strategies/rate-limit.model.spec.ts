import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CoarseClock } from '../../../lib/clock/coarse-clock.js';
import { ResilienceEvents } from '../../../lib/events/resilience-events.js';
import { AlarmClock } from '../../../lib/pipeline/guards/alarm-clock.js';
import { mergeLayers } from '../../../lib/policy/layers.js';
import { RateLimit } from '../../../lib/strategies/rate-limit/rate-limit.js';
import { rateLimitRules } from '../../../lib/strategies/rate-limit/rate-limit.options.js';
import { MUST_WAIT } from '../../../lib/strategies/guard.js';
import { Waiter } from '../../../lib/strategies/linked-list.js';
import { ManualClock } from '../../../lib/testing/index.js';
import { runs } from '../../support/property-runs.js';
import { ExactLimit } from './exact-limit.js';
import type { LimitNumbers } from './exact-limit.js';

function limitOf(numbers: LimitNumbers, clock: ManualClock): RateLimit {
  return new RateLimit({
    label: { name: 'model' },
    options: mergeLayers(rateLimitRules, [numbers]),
    deps: { clock, coarse: new CoarseClock(clock), events: new ResilienceEvents() },
    newAlarm: (ring) => new AlarmClock(clock, ring),
  });
}

const numbers = fc.record({
  limit: fc.integer({ min: 1, max: 7 }),
  interval: fc.integer({ min: 1, max: 50 }),
  burst: fc.integer({ min: 1, max: 4 }),
  maxWait: fc.integer({ min: 0, max: 60 }),
});
const step = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ do: 'call' } as const) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('leave' as const), which: fc.nat(6) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 40 }) }),
  },
);

describe('a rate limit', () => {
  it('does what exact arithmetic says, with calls, waits and leavers in any order', async () => {
    await fc.assert(
      fc.asyncProperty(numbers, fc.array(step, { maxLength: 60, size: 'max' }), async (chosen, steps) => {
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
            const answer = limit.acquire();
            const isQueued = answer === MUST_WAIT && limit.enqueue(waiter, now);
            const how = answer === 0 ? 'admitted' : isQueued ? 'queued' : 'refused';
            expect(how).toBe(model.call(id, now));
          } else if (next.do === 'leave') {
            // who waits, or somebody who does not
            const id = model.line[next.which]?.id ?? next.which;
            const waiter = waiters[id];
            if (waiter) expect(limit.dequeue(waiter)).toBe(model.leave(id));
          } else {
            await clock.advance(next.ms);
            model.advance(clock.now());
          }
          expect([admitted, limit.queued]).toEqual([model.admitted, model.line.length]);
          expect(clock.pending <= 1 && limit.queued > 0 === clock.pending > 0).toBe(true);
        }
      }),
      runs(80),
    );
  }, 30_000);
});
