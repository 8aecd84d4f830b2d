import { describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { decideNext } from '../../../lib/pipeline/decide-next.js';
import { Permit } from '../../../lib/pipeline/guards/permit.js';
import type { Operation } from '../../../lib/pipeline/operation.js';
import type { Outcome } from '../../../lib/pipeline/outcome.js';
import type { Circuit } from '../../../lib/strategies/circuit-breaker/circuit.js';
import type { PolicyOptions } from '../../../lib/strategies/policy.options.js';
import { engineOf } from '../../support/pipeline.js';

const down = new Error('down');
const failed: Outcome = { kind: 'failed', error: down };

/** A call after its first attempt, and the decision about what comes next. */
function afterOne(policy: PolicyOptions, more: Partial<Operation> = {}) {
  const engine = engineOf(policy);
  engine.listen();
  const { pipeline, parts, deps } = engine;
  const operation = { method: () => undefined, self: undefined, args: [], ...more };
  const execution = pipeline.newExecution(operation);
  execution.attempt = execution.round = 1;
  const decide = (outcome: Outcome) =>
    decideNext(
      execution,
      { name: 'orders', policies: [], family: { name: 'orders' }, deps, ...parts },
      outcome,
    );
  return { ...engine, execution, decide };
}

describe('the decision after an attempt', () => {
  it('is the end without a retry, and after an interruption', () => {
    expect(afterOne({}).decide(failed)).toBe(failed);
    const interrupted: Outcome = { kind: 'interrupted', error: down, by: 'timeout' };
    expect(afterOne({ retry: {} }).decide(interrupted)).toBe(interrupted);
  });

  it('is another attempt after a failure that is repeated, which the next attempt knows', () => {
    const { decide, execution, told } = afterOne({ retry: { baseDelay: 100, jitter: 'none' } });
    expect(decide(failed)).toMatchObject({ again: true, delay: 100 });
    expect([execution.lastError, execution.hasFailed]).toEqual([down, true]);
    expect(told).toMatchObject([{ type: 'retry.scheduled', attempt: 2, delay: 100, error: down }]);
  });

  it('is the result, unless the rule does not accept it', () => {
    const { decide, execution } = afterOne({
      retry: { retryOnResult: (result: string) => result === 'poor' },
    });
    const good: Outcome = { kind: 'value', value: 'good' };
    expect(decide(good)).toBe(good);
    expect(execution.lastRejected).toBeUndefined();
    expect(decide({ kind: 'value', value: 'poor' })).toMatchObject({ again: true });
    expect([execution.hasFailed, execution.lastError, execution.lastResult]).toEqual([
      false,
      undefined,
      'poor',
    ]);
  });

  it('is the last result where no retry is left', () => {
    const { decide, told } = afterOne({ retry: { maxRetries: 0, retryOnResult: () => true } });
    const poor: Outcome = { kind: 'value', value: 'poor' };
    expect(decide(poor)).toBe(poor);
    expect(told).toMatchObject([{ type: 'retry.exhausted', attempt: 1 }]);
    expect(told[0]).not.toHaveProperty('error');
  });

  it('is the end with the reason of a caller who has left', () => {
    const { decide, told } = afterOne({ retry: {} }, { signal: AbortSignal.abort('gone') });
    expect(decide(failed)).toEqual({ kind: 'interrupted', error: 'gone', by: 'caller' });
    expect(told).toMatchObject([{ type: 'retry.suppressed', reason: 'aborted', error: 'gone' }]);
  });

  it('is the refusal of a circuit that will still be open, its cause being the error of the attempt', () => {
    const { decide, execution, parts, told } = afterOne({
      retry: { baseDelay: 100 },
      circuitBreaker: { failureThreshold: 1, recoveryTimeout: 1000 },
    });
    const circuit = parts.circuitBreaker?.forCall([]) as Circuit;
    execution.permit = new Permit(circuit, circuit.acquire(), undefined);
    execution.permit.fail(down);
    expect(decide(failed)).toEqual({
      kind: 'refused',
      error: expect.objectContaining({ code: 'RESILIENCE_CIRCUIT_OPEN', cause: down }),
    });
    expect(told.map(({ type }) => type)).toEqual(['circuit.opened', 'circuit.rejected']);
    expect(circuit.metrics.rejected).toBe(1);
  });

  it('is a result that was not accepted, not a refusal, where a circuit will still be open', () => {
    const { decide, execution, parts } = afterOne({
      retry: { baseDelay: 100, retryOnResult: () => true },
      circuitBreaker: {},
    });
    const circuit = parts.circuitBreaker?.forCall([]) as Circuit;
    execution.permit = new Permit(circuit, circuit.acquire(), undefined);
    circuit.forceOpen();
    const poor: Outcome = { kind: 'value', value: 'poor' };
    expect(decide(poor)).toBe(poor);
  });

  it('is the end with the outcome of the attempt where a rule of the user throws, which is reported', () => {
    const report = jest.spyOn(Logger.prototype, 'error').mockReturnValue(undefined);
    const broken = () => {
      throw new Error('a bug in the rule');
    };
    const good: Outcome = { kind: 'value', value: 'good' };
    expect(afterOne({ retry: { retryOn: broken } }).decide(failed)).toBe(failed);
    expect(afterOne({ retry: { retryOnResult: broken } }).decide(good)).toBe(good);
    expect(report.mock.calls.map(([text]) => String(text).split('\n')[0])).toEqual(
      Array(2).fill("A retry option of 'orders' failed: Error: a bug in the rule"),
    );
    report.mockRestore();
  });

  it('repeats a stream only before its first value, unless values may come twice', () => {
    const isStream = true;
    const value: Outcome = { kind: 'value', value: undefined };
    const first = afterOne({ retry: {} }, { isStream });
    expect(first.decide(failed)).toMatchObject({ again: true });
    first.execution.hasAnswered = true;
    expect(first.decide(failed)).toBe(failed);
    const twice = afterOne(
      { retry: { resubscribeAfterValues: true, retryOnResult: () => true } },
      { isStream },
    );
    twice.execution.hasAnswered = true;
    expect(twice.decide(failed)).toMatchObject({ again: true });
    expect(twice.decide(value)).toBe(value);
  });
});
