import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ManualClock } from '../../../../lib/testing/index.js';
import { circuitOf } from '../../../support/circuit.js';
import { lookBack } from './obvious-circuit.js';
import { runs } from '../../../support/property-runs.js';

const NEVER_JUDGED = 1_000_000;
const SLOW_FROM = 20;
/** How far the coarse clock may lag, with which successes are counted. */
const LAG = 50;

interface Step {
  readonly wait: number;
  readonly failed: boolean;
  readonly slow: boolean;
}

interface Outcome extends Omit<Step, 'wait'> {
  readonly at: number;
}

const steps = (longestWait: number) =>
  fc.array(
    fc.record({
      wait: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: longestWait })),
      failed: fc.boolean(),
      slow: fc.boolean(),
    }),
    { maxLength: 60, size: 'max' },
  );

function recount(outcomes: readonly Outcome[]) {
  const calls = outcomes.length;
  const failures = outcomes.filter(({ failed }) => failed).length;
  const slowCalls = outcomes.filter(({ slow }) => slow).length;
  const share = (part: number) => (calls === 0 ? 0 : part / calls);
  return { calls, failures, slowCalls, failureRate: share(failures), slowCallRate: share(slowCalls) };
}

/** A circuit that only counts, and the raw history of what it was told. */
function counting(window: number | { calls: number }, rates: object) {
  const clock = new ManualClock();
  const minimumCalls = typeof window === 'number' ? NEVER_JUDGED : window.calls;
  const recordAs = () => 'failure' as const;
  const options = { window, minimumCalls, recordAs, failureThreshold: NEVER_JUDGED, ...rates };
  const circuit = circuitOf(options, { clock });
  const history: Outcome[] = [];
  const record = ({ failed, slow }: Step) => {
    const startedAt = clock.now() - (slow ? SLOW_FROM : SLOW_FROM - 1);
    if (failed) circuit.fail(circuit.acquire(), new Error('down'), startedAt);
    else circuit.succeed(circuit.acquire(), startedAt);
    history.push({ at: clock.now(), failed, slow });
  };
  return { clock, circuit, history, record };
}

describe('the window of a circuit', () => {
  it('over the last calls is what a recount of the raw history says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30 }), steps(5), async (calls, told) => {
        // a share of 1 opens only when every call of a full window is failed, or slow
        const all = { failureRate: 1, slowCallRate: 1, slowCallDuration: SLOW_FROM };
        const { circuit, history, record } = counting({ calls }, all);
        for (const step of told) {
          record(step);
          const expected = recount(lookBack(history, { calls }, 0));
          const isOver = expected.failureRate === 1 || expected.slowCallRate === 1;
          const mustOpen = expected.calls === calls && isOver;
          expect(circuit.state).toBe(mustOpen ? 'open' : 'closed');
          if (mustOpen) return;
          expect(circuit.metrics).toMatchObject(expected);
        }
      }),
      runs(300),
    );
  });

  const span = fc.constantFrom(100, 1000, 730, 10_000);

  it('over a span of time is what a recount of the raw history says', async () => {
    await fc.assert(
      fc.asyncProperty(span, steps(400), async (window, told) => {
        const both = { failureRate: 1, slowCallRate: 1, slowCallDuration: SLOW_FROM };
        const { clock, circuit, history, record } = counting(window, both);
        for (const step of told) {
          await clock.advance(step.wait);
          expect(circuit.metrics).toMatchObject(recount(lookBack(history, window, clock.now())));
          record(step);
          expect(circuit.metrics).toMatchObject(recount(lookBack(history, window, clock.now())));
        }
      }),
      runs(200),
    );
  });

  it('over a span of time holds nothing that is older, and all of the last nine tenths', async () => {
    await fc.assert(
      fc.asyncProperty(span, steps(400), async (window, told) => {
        const { clock, circuit, history, record } = counting(window, { failureRate: 1 });
        for (const step of told) {
          await clock.advance(step.wait);
          record(step);
          const age = ({ at }: Outcome) => clock.now() - at;
          const { calls, failures, slowCalls } = circuit.metrics;
          const surely = recount(history.filter((outcome) => age(outcome) < 0.9 * window - LAG));
          const atMost = recount(history.filter((outcome) => age(outcome) < window));
          expect(calls).toBeGreaterThanOrEqual(surely.calls);
          expect(failures).toBeGreaterThanOrEqual(surely.failures);
          expect(calls).toBeLessThanOrEqual(atMost.calls);
          expect(failures).toBeLessThanOrEqual(atMost.failures);
          expect(slowCalls).toBe(0);
        }
      }),
      runs(200),
    );
  });
});
