import { describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { RetryScheduledEvent } from '../../../lib/events/resilience-event.js';
import {
  notifyDecision,
  notifyInterruptedWait,
  notifySuppressed,
  notifyTimeout,
} from '../../../lib/pipeline/notify.js';
import type { Outcome } from '../../../lib/pipeline/outcome.js';
import type { RetryDecision, StopReason } from '../../../lib/strategies/retry/retry.js';
import type { RetryOptions } from '../../../lib/strategies/retry/retry.options.js';
import { engineOf } from '../../support/pipeline.js';

const down = new Error('down');
const failed: Outcome = { kind: 'failed', error: down };
const poor: Outcome = { kind: 'value', value: 'poor' };
const again: RetryDecision = { again: true, delay: 50, reason: 'backoff' };

/** A call whose second attempt has just ended, and what the listeners are told of it. */
function afterTwo(retry: RetryOptions = {}, isListening = true) {
  const engine = engineOf({ retry, timeout: { total: 1000 } });
  if (isListening) engine.listen();
  const { pipeline } = engine;
  const execution = pipeline.newExecution({ method: () => undefined, self: undefined, args: [] });
  execution.attempt = 2;
  return { ...engine, execution, parts: pipeline.parts };
}

const base = { name: 'orders', at: 0 };

describe('the listeners', () => {
  it('hear of the attempt that will come, and why', () => {
    const { execution, parts, told, clock } = afterTwo();
    notifyDecision(execution, parts, failed, again);
    notifyDecision(execution, parts, poor, { ...again, reason: 'retry-after' });
    const scheduled = { type: 'retry.scheduled', ...base, time: clock.epoch, attempt: 3, delay: 50 };
    expect(told).toStrictEqual([
      { ...scheduled, reason: 'backoff', error: down },
      { ...scheduled, reason: 'retry-after' },
    ]);
  });

  it('hear of the end of the attempts', () => {
    const { execution, parts, told } = afterTwo();
    notifyDecision(execution, parts, failed, { again: false, reason: 'exhausted' });
    expect(told).toMatchObject([{ type: 'retry.exhausted', ...base, attempt: 2, error: down }]);
  });

  it.each<StopReason>([
    'budget',
    'deadline',
    'aborted',
    'shutdown',
    'not-replayable',
    'retry-after-too-long',
  ])('hear why a retry is not made that would otherwise have been: %s', (reason) => {
    const { execution, parts, told } = afterTwo();
    notifyDecision(execution, parts, failed, { again: false, reason });
    expect(told).toMatchObject([{ type: 'retry.suppressed', attempt: 2, reason, error: down }]);
  });

  it('hear of the refusal in place of a retry that a guard would refuse', () => {
    const { execution, parts, told } = afterTwo();
    notifyDecision(execution, parts, failed, { again: false, reason: 'futile' });
    expect(told).toEqual([]);
  });

  it('hear of an error that is not repeated only where its rule was overruled', () => {
    const { execution, parts, told } = afterTwo();
    notifyDecision(execution, parts, failed, { again: false, reason: 'not-retryable' });
    notifyDecision(execution, parts, failed, { again: false, reason: 'not-retryable', isOverruled: false });
    expect(told).toEqual([]);
    notifyDecision(execution, parts, failed, { again: false, reason: 'not-retryable', isOverruled: true });
    expect(told).toMatchObject([{ type: 'retry.suppressed', reason: 'not-retryable' }]);
  });

  it('hear of a wait that the caller or the shutdown has ended only where it was that for a retry', () => {
    const { execution, parts, told } = afterTwo();
    for (const by of ['caller', 'shutdown', 'unsubscribe'] as const)
      notifyInterruptedWait(execution, parts, { by, error: down });
    expect(told).toEqual([]);
    execution.remember(failed);
    for (const by of ['caller', 'shutdown', 'unsubscribe', 'lost'] as const)
      notifyInterruptedWait(execution, parts, { by, error: 'end' });
    expect(told).toMatchObject([
      { type: 'retry.suppressed', attempt: 2, reason: 'aborted', error: down },
      { type: 'retry.suppressed', attempt: 2, reason: 'shutdown', error: down },
    ]);
  });

  it('hear of the number of the attempt that failed, not of the one that waits', () => {
    const { execution, parts, told } = afterTwo();
    execution.remember(failed);
    execution.attempt = 3;
    notifyInterruptedWait(execution, parts, { by: 'caller', error: 'gone' });
    expect(told).toMatchObject([{ reason: 'aborted', attempt: 2 }]);
  });

  it('hear of the time that is over, in a wait as in an attempt', () => {
    const { execution, parts, told } = afterTwo();
    notifyInterruptedWait(execution, parts, { by: 'timeout', error: down });
    notifyTimeout(parts, { scope: 'attempt', timeout: 70, attempt: 1 });
    expect(told).toMatchObject([
      { type: 'timeout', scope: 'total', timeout: 1000, attempt: 2 },
      { type: 'timeout', scope: 'attempt', timeout: 70, attempt: 1 },
    ]);
  });

  it('hear of no error where there was none', () => {
    const { parts, told } = afterTwo();
    notifySuppressed(parts, 1, 'budget', undefined);
    expect(told[0]).not.toHaveProperty('error');
  });

  it('hear nothing without a retry', () => {
    const { execution, parts, told } = afterTwo();
    notifyDecision(execution, { ...parts, retry: undefined }, failed, again);
    expect(told).toEqual([]);
  });
});

describe('onRetry', () => {
  it('is told of each retry, whether a listener is there or not', () => {
    for (const isListening of [true, false]) {
      const seen: RetryScheduledEvent[] = [];
      const { execution, parts, told } = afterTwo({ onRetry: (event) => seen.push(event) }, isListening);
      notifyDecision(execution, parts, failed, again);
      notifyDecision(execution, parts, failed, { again: false, reason: 'exhausted' });
      expect(seen).toMatchObject([{ type: 'retry.scheduled', attempt: 3, error: down }]);
      expect(told).toHaveLength(isListening ? 2 : 0);
    }
  });

  it('breaks nothing by what it throws', () => {
    const report = jest.spyOn(Logger.prototype, 'error').mockReturnValue(undefined);
    const onRetry = () => {
      throw new Error('a bug in the hook');
    };
    const { execution, parts, told } = afterTwo({ onRetry });
    notifyDecision(execution, parts, failed, again);
    expect(told).toHaveLength(1);
    expect(report).toHaveBeenCalledWith(
      expect.stringContaining("onRetry of 'orders' failed: Error: a bug in the hook"),
    );
    report.mockRestore();
  });
});
