import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CoarseClock } from '../../../lib/clock/coarse-clock.js';
import { ResilienceEvents } from '../../../lib/events/resilience-events.js';
import { mergeLayers } from '../../../lib/policy/layers.js';
import { Bulkhead } from '../../../lib/strategies/bulkhead/bulkhead.js';
import { bulkheadRules } from '../../../lib/strategies/bulkhead/bulkhead.options.js';
import type { BulkheadOptions } from '../../../lib/strategies/bulkhead/bulkhead.options.js';
import { MUST_WAIT } from '../../../lib/strategies/guard.js';
import { Waiter } from '../../../lib/strategies/linked-list.js';
import { ManualClock } from '../../../lib/testing/index.js';
import { runs } from '../../support/property-runs.js';

function bulkheadOf(options: BulkheadOptions, clock = new ManualClock()): Bulkhead {
  return new Bulkhead({
    label: { name: 'model' },
    options: mergeLayers(bulkheadRules, [options as never]),
    deps: { clock, coarse: new CoarseClock(clock), events: new ResilienceEvents() },
  });
}

const numbers = fc.record({
  maxConcurrent: fc.integer({ min: 1, max: 4 }),
  maxQueue: fc.integer({ min: 0, max: 4 }),
});
const step = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ do: 'call' } as const) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('finish' as const), which: fc.nat(10) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('leave' as const), which: fc.nat(6) }) },
);

describe('a bulkhead', () => {
  it('does what two lists do, with calls, ends and leavers in any order', () => {
    fc.assert(
      fc.property(numbers, fc.array(step, { maxLength: 100, size: 'max' }), (chosen, steps) => {
        const bulkhead = bulkheadOf(chosen);
        const [running, queue, began]: [number[], number[], number[]] = [[], [], []];
        const admitted: number[] = [];
        const waiters: Waiter[] = [];
        const admit = (id: number) => (running.push(id), began.push(id));
        for (const next of steps) {
          if (next.do === 'call') {
            const id = waiters.length;
            const waiter = new Waiter(() => admitted.push(id));
            waiters.push(waiter);
            const answer = bulkhead.acquire();
            if (answer === 0) admitted.push(id);
            const isQueued = answer === MUST_WAIT && bulkhead.enqueue(waiter);
            const how = answer === 0 ? 'in' : isQueued ? 'queued' : 'refused';
            const hasRoom = running.length < chosen.maxConcurrent;
            expect(how).toBe(hasRoom ? 'in' : queue.length < chosen.maxQueue ? 'queued' : 'refused');
            if (hasRoom) admit(id);
            else if (how === 'queued') queue.push(id);
          } else if (next.do === 'finish') {
            if (running.length === 0) continue;
            running.splice(next.which % running.length, 1);
            bulkhead.release();
            const following = queue.shift();
            if (following !== undefined) admit(following);
          } else {
            // who waits, or somebody who does not
            const id = queue[next.which] ?? next.which;
            const at = queue.indexOf(id);
            const waiter = waiters[id];
            if (waiter) expect(bulkhead.dequeue(waiter)).toBe(at >= 0);
            if (at >= 0) queue.splice(at, 1);
          }
          expect([admitted, bulkhead.running, bulkhead.queued]).toEqual([
            began,
            running.length,
            queue.length,
          ]);
        }
      }),
      runs(150),
    );
  }, 30_000);
});

/** An upstream that works on so many calls at once; more of them queue in it. */
function latencyAt(running: number, capacity: number): number {
  return 100 * Math.max(1, running / capacity);
}

describe('an adaptive bulkhead', () => {
  /** An attempt that took so many milliseconds ends well. */
  function endAfter(latency: number, bulkhead: Bulkhead, clock: ManualClock): void {
    bulkhead.succeed(0, clock.now() - latency);
  }

  /** Callers that always use the limit; returns the limit in the end. */
  function settle(bulkhead: Bulkhead, clock: ManualClock, capacity: number): number {
    for (let call = 0; call < 2000; call++) {
      while (bulkhead.acquire() === 0);
      endAfter(latencyAt(bulkhead.running, capacity), bulkhead, clock);
    }
    return bulkhead.limit;
  }

  it('grows while latencies hold, stops above the capacity, and falls when it shrinks', () => {
    const clock = new ManualClock();
    const bulkhead = bulkheadOf({ adaptive: true }, clock);
    const found = settle(bulkhead, clock, 60);
    expect(found).toBeGreaterThan(50);
    expect(found).toBeLessThanOrEqual(200);
    for (let call = 0; call < 200; call++) {
      while (bulkhead.acquire() === 0);
      endAfter(1000, bulkhead, clock);
    }
    expect(bulkhead.limit).toBeLessThan(found);
    expect(bulkhead.snapshot().adaptive).toMatchObject({ floor: 1, ceiling: 200, samples: 2200 });
  });

  it('stays between floor and ceiling, and learns nothing from callers who do not use it', () => {
    const clock = new ManualClock();
    const narrow = bulkheadOf({ adaptive: { floor: 5, ceiling: 10, initial: 8 } }, clock);
    expect(settle(narrow, clock, 1000)).toBe(10);
    const idle = bulkheadOf({ adaptive: { initial: 30 } }, clock);
    for (let call = 0; call < 100; call++) {
      idle.acquire();
      endAfter(10, idle, clock);
    }
    expect(idle.limit).toBe(30);
  });
});
