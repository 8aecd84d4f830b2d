import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ResilienceEvents } from '../../../lib/events/resilience-events.js';
import { mergeLayers } from '../../../lib/policy/layers.js';
import { CellRate } from '../../../lib/strategies/rate-limit/cell-rate.js';
import { rateLimitRules } from '../../../lib/strategies/rate-limit/rate-limit.options.js';
import { heldClock } from '../../support/held-clock.js';
import { runs } from '../../support/property-runs.js';
import { ExactLimit } from './exact-limit.js';
import type { LimitNumbers } from './exact-limit.js';

const TICK = 10;
const LONGEST_BLOCK = 30;

/** A rate that counts by ticks, on a clock whose reads are counted and whose event loop can be held up. */
function coarseRateOf(numbers: LimitNumbers, isShared: boolean) {
  const { clock, held, blocked, coarse } = heldClock();
  const tools = { clock: blocked, coarse, events: new ResilienceEvents() };
  // others keep the clock ticking, so that calls come at any time within a tick
  const read = () => void [tools.coarse.now(), clock.setTimeout(read, TICK - 1)];
  if (isShared) read();
  return { clock, held, rate: new CellRate(mergeLayers(rateLimitRules, [numbers]), tools) };
}

const numbers = fc
  .record({ limit: fc.integer({ min: 1, max: 5 }), extra: fc.integer({ min: 0, max: 4 }) })
  .map(({ limit, extra }) => ({ limit, interval: 1000, burst: limit + extra, maxWait: 0 }));
const step = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ do: 'call' } as const) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 90 }) }),
  },
  // the last millisecond in which the next call is too early
  { weight: 2, arbitrary: fc.constant({ do: 'almost' } as const) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('block' as const),
      ms: fc.integer({ min: 1, max: LONGEST_BLOCK }),
    }),
  },
);

it('by ticks, a rate admits nothing that exact arithmetic refuses, and refuses a tick longer at most', async () => {
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(numbers, fc.array(step, { maxLength: 80, size: 'max' }), async (chosen, steps) => {
      const { clock, held, rate } = coarseRateOf(chosen, true);
      const model = new ExactLimit(chosen);
      let longest = TICK;
      for (const [id, next] of steps.entries()) {
        const now = Math.max(clock.now(), held.until);
        if (next.do === 'wait') {
          await clock.advance(now - clock.now() + next.ms);
        } else if (next.do === 'almost') {
          const turn = Number(model.turn) / chosen.limit;
          if (turn - 1 > now) await clock.advance(Math.ceil(turn) - 1 - clock.now());
        } else if (next.do === 'block') {
          held.until = now + next.ms;
          longest = Math.max(longest, TICK + held.until - clock.now());
        } else if (rate.take()) {
          expect(model.call(id, now)).toBe('admitted');
        } else {
          refused++;
          expect(model.turn).toBeGreaterThan(BigInt((now - longest) * chosen.limit));
        }
      }
    }),
    runs(200),
  );
  expect(refused).toBeGreaterThan(100);
});

it('by ticks, a rate reads the clock once per tick and once more at its limit', () => {
  const { held, rate } = coarseRateOf({ limit: 5, interval: 1000, burst: 5, maxWait: 0 }, false);
  const answers = Array.from({ length: 6 }, () => rate.take());
  expect(answers).toEqual([true, true, true, true, true, false]);
  expect(held.reads).toBe(2);
});
