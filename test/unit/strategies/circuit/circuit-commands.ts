import { expect } from '@jest/globals';
import fc from 'fast-check';
import type { Circuit } from '../../../../lib/strategies/circuit-breaker/circuit.js';
import { REFUSED } from '../../../../lib/strategies/guard.js';
import type { ManualClock } from '../../../../lib/testing/index.js';
import type { ObviousCircuit, Verdict } from './obvious-circuit.js';

/** One tick of the coarse clock: in steps of it the coarse clock never lags behind. */
export const TICK = 50;

type ModelCall = NonNullable<ReturnType<ObviousCircuit['acquire']>>;

/** What both sides are told, and the calls that are under way on both. */
export interface Model {
  readonly circuit: ObviousCircuit;
  readonly clock: ManualClock;
  /** The states seen on the way. */
  readonly visited: Set<string>;
  readonly underWay: { call: ModelCall; permit: number; startedAt: number }[];
}

type Command = fc.AsyncCommand<Model, Circuit>;

/** Both circuits must look the same from outside, whatever has just happened. */
function compare({ circuit: model, clock, visited }: Model, circuit: Circuit): void {
  const now = clock.now();
  visited.add(model.state);
  expect(circuit.state).toBe(model.state);
  expect(circuit.retryAfter).toEqual(model.retryAfter(now));
  if (model.state === 'closed') expect(circuit.metrics).toMatchObject(model.metrics(now));
}

function command(name: string, act: (model: Model, circuit: Circuit) => void | Promise<void>): Command {
  return {
    check: () => true,
    async run(model, circuit) {
      await act(model, circuit);
      compare(model, circuit);
    },
    toString: () => name,
  };
}

const admission = fc.constant(
  command('admit', (model, circuit) => {
    const startedAt = model.clock.now();
    const permit = circuit.acquire();
    const call = model.circuit.acquire(startedAt);
    expect(permit !== REFUSED).toBe(call !== undefined);
    if (call) model.underWay.push({ call, permit, startedAt });
  }),
);

function settle(model: Model, end: { which: number; verdict: Verdict; askedFor: number }) {
  const { call, permit, startedAt } = model.underWay.splice(end.which % model.underWay.length, 1)[0];
  const now = model.clock.now();
  model.circuit.settle(call, end.verdict, now, end.askedFor);
  return { permit, startedAt };
}

function late(name: string, act: (model: Model, circuit: Circuit) => void): Command {
  return { ...command(name, act), check: ({ underWay }) => underWay.length > 0 };
}

const success = fc.nat(8).map((which) =>
  late(`succeed(${which})`, (model, circuit) => {
    const { permit, startedAt } = settle(model, { which, verdict: 'success', askedFor: 0 });
    circuit.succeed(permit, startedAt);
  }),
);

const abort = fc.nat(8).map((which) =>
  late(`release(${which})`, (model, circuit) => {
    circuit.release(settle(model, { which, verdict: 'ignored', askedFor: 0 }).permit);
  }),
);

const failure = fc
  .record({
    which: fc.nat(8),
    recorded: fc.constantFrom('failure', 'failure', 'failure', 'success', 'ignore'),
    askedFor: fc.constantFrom(0, 0, 0, 70, 400, 5000),
  })
  .map(({ which, recorded, askedFor }) =>
    late(`fail(${which}, ${recorded}, Retry-After ${askedFor} ms)`, (model, circuit) => {
      const verdict = recorded === 'ignore' ? 'ignored' : (recorded as Verdict);
      const { permit, startedAt } = settle(model, {
        which,
        verdict,
        askedFor: recorded === 'failure' ? askedFor : 0,
      });
      circuit.fail(permit, { recorded, headers: { 'retry-after-ms': `${askedFor}` } }, startedAt);
    }),
  );

const wait = fc
  .integer({ min: 1, max: 8 })
  .map((ticks) => command(`wait(${ticks * TICK} ms)`, ({ clock }) => clock.advance(ticks * TICK)));

const byHand = fc.constantFrom('forceOpen' as const, 'disable' as const, 'reset' as const).map((move) =>
  command(move, (model, circuit) => {
    model.circuit[move]();
    circuit[move]();
  }),
);

/** Any order of admissions, results, aborts, steps of time and moves by hand. */
export const commands = fc.commands(
  [
    ...Array<typeof admission>(6).fill(admission),
    ...Array<fc.Arbitrary<Command>>(3).fill(success),
    ...Array<fc.Arbitrary<Command>>(4).fill(failure),
    abort,
    ...Array<fc.Arbitrary<Command>>(3).fill(wait),
    byHand,
  ],
  { maxCommands: 120, size: 'max' },
);
