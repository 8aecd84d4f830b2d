import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { ResilienceMetrics } from 'nestjs-breakwater';
import type { FamilyFigures, PolicyOptions } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';

type Body = 'succeeds' | 'fails' | 'hangs';

interface Step {
  readonly what: 'call' | 'abort' | 'advance' | 'update' | 'reset' | 'force' | 'free';
  readonly bodies: readonly Body[];
  readonly key: string | undefined;
  readonly policy: 'p' | 'q';
  readonly ms: number;
}

const policyOf = (isHedged: boolean): PolicyOptions => ({
  timeout: { attempt: '1s', total: '3s' },
  retry: { maxRetries: 2, baseDelay: '100ms', budget: { minPerSecond: 1, ratio: 0.5 } },
  circuitBreaker: { failureThreshold: 2, recoveryTimeout: '1s', maxKeys: 2, idleTtl: '2s' },
  bulkhead: { maxConcurrent: 2, maxQueue: 1, maxWait: '500ms' },
  ...(isHedged && { hedge: { delay: '200ms' } }),
});

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.oneof(
    { weight: 6, arbitrary: fc.constant('call' as const) },
    { weight: 3, arbitrary: fc.constant('advance' as const) },
    { weight: 1, arbitrary: fc.constantFrom('abort', 'update', 'reset', 'force', 'free') },
  ),
  bodies: fc.array(fc.constantFrom<Body>('succeeds', 'fails', 'hangs'), { minLength: 4, maxLength: 4 }),
  key: fc.constantFrom(undefined, 'a', 'b', 'c'),
  policy: fc.constantFrom('p', 'q'),
  ms: fc.constantFrom(1, 100, 250, 1000, 2500),
});

const sum = (counts: Record<string, number>) => Object.values(counts).reduce((all, count) => all + count, 0);

/** Every counter of a family, which never falls. */
const counters = ({
  calls,
  attempts,
  attemptOutcomes,
  suppressed,
  rejections,
  timeouts,
  transitions,
}: FamilyFigures) =>
  [calls, attempts, attemptOutcomes, suppressed, rejections, timeouts]
    .flatMap((group) => Object.values(group))
    .concat(transitions.map(({ count }) => count));

describe('the figures, after any sequence of calls, failures, aborts, updates, resets and time', () => {
  it('add up with what the test has counted, and never fall back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.boolean(), async (steps, isHedged) => {
        const policies = { p: policyOf(isHedged), q: policyOf(false) };
        const app = await startApplication({ policies });
        const metrics = app.module.get(ResilienceMetrics);
        const counted = { p: { begun: 0, bodies: 0 }, q: { begun: 0, bodies: 0 } };
        const aborts: AbortController[] = [];
        const running: Promise<unknown>[] = [];
        let before = new Map<string, number[]>();
        const call = ({ policy, bodies, key }: Step) => {
          const abort = new AbortController();
          aborts.push(abort);
          counted[policy].begun++;
          let run = 0;
          const body = ({ signal }: { signal: AbortSignal }) => {
            counted[policy].bodies++;
            const how = bodies[run++ % bodies.length];
            if (how === 'succeeds') return Promise.resolve();
            if (how === 'fails') return Promise.reject(new Error('down'));
            return new Promise((_, reject) =>
              signal.addEventListener('abort', () => reject(new Error('ended'))),
            );
          };
          running.push(
            app.service.execute(policy, body, { key, signal: abort.signal }).catch(() => undefined),
          );
        };
        const look = () => {
          const now = new Map(metrics.families().map((family) => [family.name, counters(family)]));
          for (const [name, counts] of before)
            counts.forEach((count, index) => expect(now.get(name)?.[index]).toBeGreaterThanOrEqual(count));
          before = now;
        };
        for (const one of steps) {
          if (one.what === 'call') call(one);
          if (one.what === 'abort') aborts.at(-1)?.abort();
          if (one.what === 'update') app.service.update(one.policy, policies[one.policy]);
          if (one.what === 'reset') app.circuits.reset();
          if (one.what === 'force') app.circuits.get(one.policy)?.forceOpen();
          if (one.what === 'free') app.circuits.get(one.policy)?.disable();
          await app.clock.advance(one.what === 'advance' ? one.ms : 0);
          look();
        }
        await app.clock.advance(20_000);
        await Promise.all(running);
        look();
        // listing drops what is idle for too long; reading the figures does not
        const names = [...app.circuits].map((circuit) => circuit.name.split('[')[0]);
        for (const name of ['p', 'q'] as const) {
          const figures = metrics.family(name);
          if (!figures) {
            expect(counted[name].begun).toBe(0);
            continue;
          }
          const ended = app.settled.filter((event) => event.name === name);
          expect(figures.inFlight).toBe(0);
          expect(sum(figures.calls)).toBe(counted[name].begun);
          for (const [outcome, count] of Object.entries(figures.calls))
            expect(count).toBe(ended.filter((event) => event.outcome === outcome).length);
          expect(sum(figures.attempts)).toBe(counted[name].bodies);
          expect(sum(figures.attemptOutcomes)).toBe(counted[name].bodies);
          expect(sum(figures.errors)).toBe(figures.calls.failure);
          const told = (type: string) =>
            app.told.filter((event) => event.type === type && event.name === name).length;
          expect(sum(figures.suppressed)).toBe(told('retry.suppressed'));
          expect(sum(figures.timeouts)).toBe(told('timeout'));
          expect(figures.rejections).toEqual({
            circuit: told('circuit.rejected'),
            bulkhead: told('bulkhead.rejected'),
            rateLimit: 0,
          });
          expect(sum(figures.circuits)).toBe(names.filter((one) => one === name).length);
        }
        await app.module.close();
      }),
      { numRuns: 40, seed: 18 },
    );
  }, 60_000);
});
