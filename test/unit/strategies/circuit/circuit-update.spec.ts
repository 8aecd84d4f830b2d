import { describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { CircuitBreakerOptions } from '../../../../lib/strategies/circuit-breaker/circuit-breaker.options.js';
import { CircuitConfig } from '../../../../lib/strategies/circuit-breaker/circuit-config.js';
import { REFUSED } from '../../../../lib/strategies/guard.js';
import { Circuit } from '../../../../lib/strategies/circuit-breaker/circuit.js';
import { ManualClock } from '../../../../lib/testing/index.js';
import { circuitOf, circuitConfig } from '../../../support/circuit.js';
import { heldClock } from '../../../support/held-clock.js';

const down = new Error('down');
const rate = { failureRate: 0.5, minimumCalls: 4 };
const slow = { slowCallRate: 0.5, slowCallDuration: 10, minimumCalls: 1 };

/** A circuit on its way from one set of options to another. */
function changing(from: CircuitBreakerOptions) {
  const clock = new ManualClock(1000);
  const circuit = circuitOf(from, { clock });
  const reconfigure = (to: CircuitBreakerOptions) => circuit.reconfigure(circuitConfig(to, { clock }));
  const fails = () => circuit.fail(circuit.acquire(), down, 0);
  return { clock, circuit, reconfigure, fails };
}

describe('a circuit with other options', () => {
  it('keeps what it has counted in a window of the same kind', () => {
    const { circuit, reconfigure, fails } = changing({ ...rate, window: { calls: 8 } });
    for (let n = 0; n < 3; n++) fails();
    reconfigure({ ...rate, failureRate: 0.9, window: { calls: 8 } });
    expect(circuit.metrics).toMatchObject({ calls: 3, failures: 3 });
    fails();
    expect(circuit.state).toBe('open');
  });

  it.each<[string, CircuitBreakerOptions['window']]>([
    ['of other calls', { calls: 9 }],
    ['of time', '10s'],
  ])('begins to count anew in a window %s', (_kind, window) => {
    const { circuit, reconfigure, fails } = changing({ ...rate, window: { calls: 8 } });
    for (let n = 0; n < 3; n++) fails();
    reconfigure({ ...rate, window });
    expect(circuit.metrics).toMatchObject({ calls: 0, failures: 0 });
    fails();
    expect(circuit.state).toBe('closed');
  });

  it('does not judge how long calls took whose beginning nobody has noted', () => {
    const { circuit, reconfigure } = changing({});
    const before = circuit.acquire();
    reconfigure(slow);
    circuit.succeed(before, 0);
    expect(circuit.state).toBe('closed');
    const after = circuit.acquire();
    expect(after).not.toBe(REFUSED);
    circuit.succeed(after, 0);
    expect(circuit.state).toBe('open');
  });

  it('counts calls that began before, where their beginning was noted or does not matter', () => {
    const timed = changing({ ...slow, minimumCalls: 2 });
    const before = timed.circuit.acquire();
    timed.reconfigure(slow);
    timed.circuit.succeed(before, 0);
    expect(timed.circuit.state).toBe('open');
    const untimed = changing({ failureThreshold: 2 });
    const early = untimed.circuit.acquire();
    untimed.reconfigure({ failureThreshold: 1 });
    untimed.circuit.fail(early, down, 0);
    expect(untimed.circuit.state).toBe('open');
  });

  it('stays half-open with its trials, and disabled', async () => {
    const { clock, circuit, reconfigure, fails } = changing({ failureThreshold: 1, recoveryTimeout: 10 });
    fails();
    await clock.advance(10);
    const trial = circuit.acquire();
    reconfigure(slow);
    circuit.succeed(trial, clock.now());
    expect(circuit.state).toBe('closed');
    circuit.disable();
    const permit = circuit.acquire();
    reconfigure({ failureThreshold: 1 });
    circuit.fail(permit, down, 0);
    expect(circuit.state).toBe('disabled');
  });
});

describe('the plan of a circuit', () => {
  /** How often a circuit reads the clock for a success, in the tick of the one before. */
  function readsOf(options: CircuitBreakerOptions): number {
    const { blocked, coarse, held } = heldClock(1000);
    const config = circuitConfig(options, { clock: blocked });
    const circuit = new Circuit(new CircuitConfig(config.label, config.options, { ...config.deps, coarse }));
    circuit.succeed(circuit.acquire(), 0);
    const before = held.reads;
    circuit.succeed(circuit.acquire(), 0);
    return held.reads - before;
  }

  it.each<[CircuitBreakerOptions, number]>([
    [{}, 0],
    [{ failureRate: 0.5, window: { calls: 10 } }, 0],
    [{ failureRate: 0.5, window: '10s' }, 0],
    [{ failureRate: 0.5, window: 1000 }, 0],
    // a tick would be more than a hundredth of it
    [{ failureRate: 0.5, window: 999 }, 1],
    [slow, 1],
  ])('reads the clock for a success only where a tick is too coarse: %j', (options, reads) => {
    expect(readsOf(options)).toBe(reads);
  });

  it('reports nothing where nobody has said how failures count', () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const clock = new ManualClock();
    expect(circuitConfig({}, { clock }).recordAs(down)).toBe('failure');
    expect(error).not.toHaveBeenCalled();
    const broken = () => {
      throw new Error('a bug');
    };
    expect(circuitConfig({ recordAs: broken }, { clock }).recordAs(down)).toBe('failure');
    expect(error).toHaveBeenCalledWith(expect.stringContaining("of circuit 'payments' failed: Error: a bug"));
    error.mockRestore();
  });
});
