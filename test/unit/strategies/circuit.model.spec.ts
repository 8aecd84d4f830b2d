import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { classifyFailure } from '../../../lib/policy/classify-failure.js';
import { CoarseClock } from '../../../lib/clock/coarse-clock.js';
import { ResilienceEvents } from '../../../lib/events/resilience-events.js';
import { mergeLayers } from '../../../lib/policy/layers.js';
import { circuitBreakerRules } from '../../../lib/strategies/circuit-breaker/circuit-breaker.options.js';
import { CircuitPlan } from '../../../lib/strategies/circuit-breaker/circuit-plan.js';
import { Circuit } from '../../../lib/strategies/circuit-breaker/circuit.js';
import { REFUSED } from '../../../lib/strategies/circuit-breaker/circuit-state.js';
import { ManualClock } from '../../../lib/testing/index.js';

interface Numbers {
  threshold: number;
  recovery: number;
  trials: number;
  successes: number;
  trialTimeout: number;
}

/** The obvious, slow circuit: it remembers every call that it has admitted, and looks at all of them each time. */
class ObviousCircuit {
  state: 'closed' | 'open' | 'half-open' = 'closed';
  private failures = 0;
  private openedAt = 0;
  private succeeded = 0;
  private era = 0;
  private readonly calls: { id: number; era: number; at: number; done: boolean }[] = [];

  constructor(private readonly numbers: Numbers) {}

  admit(id: number, now: number): boolean {
    const hung = this.underWay().find((call) => now >= call.at + this.numbers.trialTimeout);
    if (this.state === 'half-open' && hung) this.open(hung.at + this.numbers.trialTimeout);
    if (this.state === 'open' && now < this.openedAt + this.numbers.recovery) return false;
    if (this.state === 'open') this.move('half-open');
    if (this.state === 'half-open' && this.underWay().length >= this.numbers.trials) return false;
    this.calls.push({ id, era: this.era, at: now, done: false });
    return true;
  }

  settle(id: number, how: 'success' | 'failure' | 'ignore', now: number): void {
    const call = this.calls.find((candidate) => candidate.id === id);
    if (!call || call.done) return;
    call.done = true;
    if (call.era !== this.era || how === 'ignore') return;
    if (this.state === 'closed') {
      this.failures = how === 'failure' ? this.failures + 1 : 0;
      if (this.failures >= this.numbers.threshold) this.open(now);
    } else if (now >= call.at + this.numbers.trialTimeout) this.open(call.at + this.numbers.trialTimeout);
    else if (how === 'failure') this.open(now);
    else if (++this.succeeded >= this.numbers.successes) this.move('closed');
  }

  private underWay() {
    return this.calls.filter((call) => call.era === this.era && !call.done);
  }

  private open(at: number): void {
    this.openedAt = at;
    this.move('open');
  }

  private move(state: ObviousCircuit['state']): void {
    this.state = state;
    this.era++;
    this.failures = 0;
    this.succeeded = 0;
  }
}

function circuitOf(numbers: Numbers, clock: ManualClock): Circuit {
  const options = mergeLayers(circuitBreakerRules, [
    {
      failureThreshold: numbers.threshold,
      recoveryTimeout: numbers.recovery,
      halfOpenMaxCalls: numbers.trials,
      successThreshold: numbers.successes,
      halfOpenTimeout: numbers.trialTimeout,
      recordAs: (error: unknown) => error as 'failure',
    },
  ]);
  const tools = {
    clock,
    coarse: new CoarseClock(clock),
    events: new ResilienceEvents(),
    classify: classifyFailure,
  };
  return new Circuit(new CircuitPlan({ name: 'model' }, options, tools));
}

const small = fc.integer({ min: 1, max: 3 });
const numbers = fc.record({
  threshold: small,
  recovery: fc.integer({ min: 1, max: 50 }),
  trials: small,
  successes: small,
  trialTimeout: fc.integer({ min: 1, max: 50 }),
});
const step = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ do: 'call' } as const) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      which: fc.nat(20),
      how: fc.constantFrom('success', 'failure', 'failure', 'ignore'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 60 }) }),
  },
);

describe('a circuit', () => {
  it('does what the obvious circuit does, in any order of calls, late results and time', async () => {
    await fc.assert(
      fc.asyncProperty(numbers, fc.array(step, { maxLength: 80 }), async (chosen, steps) => {
        const clock = new ManualClock();
        const circuit = circuitOf(chosen, clock);
        const model = new ObviousCircuit(chosen);
        const permits: number[] = [];
        for (const next of steps) {
          if (next.do === 'call') {
            const permit = circuit.admit();
            expect(permit !== REFUSED).toBe(model.admit(permits.length, clock.now()));
            permits.push(permit);
          } else if (next.do === 'settle') {
            const id = next.which;
            const permit = permits[id];
            if (permit === undefined || permit === REFUSED) continue;
            permits[id] = REFUSED;
            if (next.how === 'success') circuit.succeed(permit, 0);
            else circuit.fail(permit, next.how, 0);
            model.settle(id, next.how, clock.now());
          } else await clock.advance(next.ms);
          expect(circuit.state).toBe(model.state);
        }
      }),
      { numRuns: 300, seed: 20261123 },
    );
  });
});
