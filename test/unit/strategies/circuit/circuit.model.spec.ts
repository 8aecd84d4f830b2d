import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ManualClock } from '../../../../lib/testing/index.js';
import { circuitOf } from '../../../support/circuit.js';
import { commands, TICK } from './circuit-commands.js';
import type { Model } from './circuit-commands.js';
import { ObviousCircuit } from './obvious-circuit.js';
import type { ObviousOptions } from './obvious-circuit.js';
import { runs } from '../../../support/property-runs.js';

const few = fc.integer({ min: 1, max: 3 });
const time = fc.integer({ min: 1, max: 10 }).map((ticks) => ticks * TICK - (ticks % 2) * 20);
const ratio = fc.constantFrom(0.2, 1 / 3, 0.5, 0.75, 1);

const recovery = {
  recoveryTimeout: time,
  recoveryMultiplier: fc.constantFrom(1, 1.5, 2, 3),
  maxRecoveryTimeout: fc.constantFrom(100, 330, 1000, 60_000),
  halfOpenMaxCalls: few,
  successThreshold: few,
};
const maybeHalfOpenTimeout = { halfOpenTimeout: time };
const rates = fc.oneof(
  fc.record({ failureRate: ratio }),
  fc.record({ slowCallRate: ratio, slowCallDuration: time }),
  fc.record({ failureRate: ratio, slowCallRate: ratio, slowCallDuration: time }),
  fc.record({ failureRate: ratio, slowCallDuration: time }),
);

function optionsOf<T extends object>(mandatory: object, optional: Record<keyof T, fc.Arbitrary<unknown>>) {
  const keys = Object.keys(recovery) as never[];
  return fc.record(
    { ...recovery, ...mandatory, ...maybeHalfOpenTimeout, ...optional },
    { requiredKeys: [...keys, ...(Object.keys(mandatory) as never[])] },
  ) as unknown as fc.Arbitrary<ObviousOptions>;
}

const withRates = (options: fc.Arbitrary<ObviousOptions>): fc.Arbitrary<ObviousOptions> =>
  fc.tuple(options, rates).map(([some, more]) => ({ ...some, ...more }));

const kinds: [string, fc.Arbitrary<ObviousOptions>][] = [
  ['failures in a row', optionsOf({}, { failureThreshold: few })],
  [
    'shares of the last calls',
    withRates(
      optionsOf(
        { window: fc.integer({ min: 1, max: 6 }).map((calls) => ({ calls })) },
        { minimumCalls: fc.constant(1), failureThreshold: fc.integer({ min: 2, max: 6 }) },
      ),
    ),
  ],
  [
    'shares of a span of time',
    withRates(
      optionsOf(
        { window: fc.constantFrom(100, 250, 700, 1500) },
        { minimumCalls: fc.integer({ min: 1, max: 4 }), failureThreshold: fc.integer({ min: 2, max: 6 }) },
      ),
    ),
  ],
];

describe('a circuit does what the obvious circuit does, in any order of events', () => {
  it.each(kinds)('judging %s', async (_name, options) => {
    const visited = new Set<string>();
    await fc.assert(
      fc.asyncProperty(options, commands, async (chosen, events) => {
        const clock = new ManualClock();
        const model: Model = { circuit: new ObviousCircuit(chosen), clock, visited, underWay: [] };
        const recordAs = (error: unknown) => (error as { recorded: 'failure' }).recorded;
        const circuit = circuitOf({ ...chosen, recordAs }, { clock });
        await fc.asyncModelRun(() => ({ model, real: circuit }), events);
      }),
      runs(200),
    );
    expect([...visited].sort()).toEqual(['closed', 'disabled', 'forced-open', 'half-open', 'open']);
  });
});
