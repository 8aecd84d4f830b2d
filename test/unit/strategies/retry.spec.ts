import { describe, expect, it } from '@jest/globals';
import { CoarseClock } from '../../../lib/clock/coarse-clock.js';
import { classifyFailure } from '../../../lib/failures/classify-failure.js';
import { Problems } from '../../../lib/policy/problems.js';
import { eventOf } from '../../../lib/events/emit-event.js';
import { checkPolicy, resolveStrategy } from '../../../lib/strategies/policy.options.js';
import { RetryBudget } from '../../../lib/strategies/retry/retry-budget.js';
import { Retry } from '../../../lib/strategies/retry/retry.js';
import type { FailedCall } from '../../../lib/strategies/retry/retry.js';
import type { ResolvedRetry, RetryOptions } from '../../../lib/strategies/retry/retry.options.js';
import { ManualClock } from '../../../lib/testing/index.js';
import type { Label } from '../../../lib/strategies/label.js';

function retryOf(options: RetryOptions, random = 0.5, classify = classifyFailure): Retry {
  const problems = new Problems();
  const layer = checkPolicy({ retry: options }, 'p', problems);
  problems.throwIfAny();
  const resolved = resolveStrategy('retry', [layer]) as ResolvedRetry;
  const clock = new ManualClock();
  const budget = resolved.budget
    ? new RetryBudget(resolved.budget, clock, new CoarseClock(clock))
    : undefined;
  return new Retry({ name: 'pay' }, resolved, { budget, classify, random: () => random });
}

/** An attempt of which all is well, but that it failed. */
const failed = (more: Partial<FailedCall> = {}): FailedCall => ({
  round: 1,
  lastError: new Error('down'),
  hasFailed: true,
  timeLeft: Infinity,
  isAborted: false,
  isClosing: false,
  mayRepeat: true,
  refuserAfter: () => undefined,
  wallNow: () => 0,
  ...more,
});
const asking = (headers: object) => Object.assign(new Error('busy'), { headers });
const stopped = (reason: string) => ({ again: false, reason });
const notRetryable = { again: false, reason: 'not-retryable', isOverruled: false };
const overruled = { ...notRetryable, isOverruled: true };
const after = (delay: number, reason = 'backoff') => ({ again: true, delay, reason, isAnnounced: false });
/** A guard that refuses every attempt, and does not know for how long. */
const refuser = (retryAfter?: number) => ({ refuserAfter: () => ({ name: 'pay', retryAfter }) });

describe('a retry', () => {
  it('is not made for a caller who has left, unless the error ended the call anyway', () => {
    expect(retryOf({}).decide(failed({ isAborted: true }))).toEqual(stopped('aborted'));
    expect(retryOf({}).decide(failed({ isAborted: true, lastError: new TypeError('bug') }))).toEqual(
      notRetryable,
    );
  });

  it('is not made once the application closes, unless the error ended the call anyway', () => {
    expect(retryOf({}).decide(failed({ isClosing: true }))).toEqual(stopped('shutdown'));
    expect(retryOf({}).decide(failed({ isClosing: true, isAborted: true }))).toEqual(stopped('aborted'));
    expect(retryOf({}).decide(failed({ isClosing: true, round: 4 }))).toEqual(stopped('exhausted'));
  });

  it('is overruled by the order of a server only where it would have been made', () => {
    const order = (status: number, said: string) =>
      failed({ lastError: Object.assign(asking({ 'x-should-retry': said }), { status }) });
    expect(retryOf({}).decide(order(503, 'false'))).toEqual(overruled);
    expect(retryOf({}).decide(order(400, 'false'))).toEqual(notRetryable);
    expect(retryOf({}).decide({ ...order(503, 'false'), round: 4 })).toEqual(notRetryable);
    expect(retryOf({}).decide(order(400, 'true')).again).toBe(true);
    expect(retryOf({ retryOn: () => false }).decide(order(503, 'false'))).toEqual(notRetryable);
    const permanent = retryOf({}, 0.5, () => 'permanent');
    expect(permanent.decide(order(503, 'false'))).toEqual(notRetryable);
  });

  it('asks abortOn once about each error', () => {
    const asked: unknown[] = [];
    const abortOn = (error: unknown) => asked.push(error) > 0;
    const error = new Error('down');
    expect(retryOf({ abortOn }).decide(failed({ lastError: error }))).toEqual(overruled);
    expect(asked).toEqual([error]);
  });

  it('is announced where something is to be done before it, and drawn from the budget after that', () => {
    const beforeRetry = () => undefined;
    const budget = { ratio: 1, minPerSecond: 0 };
    const retry = retryOf({ beforeRetry, baseDelay: 0, budget });
    expect(retry.decide(failed())).toEqual(stopped('budget'));
    retry.budget?.countCall();
    expect(retry.decide(failed())).toEqual({ ...after(0), isAnnounced: true });
    expect(retry.decide(failed())).toEqual({ ...after(0), isAnnounced: true });
    expect([retry.budget?.tryTake(), retry.budget?.tryTake()]).toEqual([true, false]);
  });

  it('comes after the backoff', () => {
    expect(retryOf({ baseDelay: 100 }).decide(failed())).toEqual(after(50));
    const third = retryOf({ baseDelay: 100, jitter: 'none' }).decide(failed({ round: 3 }));
    expect(third).toEqual(after(400));
  });

  it('tells a backoff function what has happened', () => {
    const told: unknown[] = [];
    const retry = retryOf({ backoff: (context) => (told.push(context), 7) });
    const error = new Error('x');
    retry.decide(failed({ lastError: error, round: 2, previousDelay: 5 }));
    retry.decide(failed({ lastError: undefined, hasFailed: false, lastResult: 'poor' }));
    expect(told).toEqual([
      { retry: 2, error, result: undefined, previousDelay: 5 },
      { retry: 1, error: undefined, result: 'poor', previousDelay: undefined },
    ]);
  });

  it('is made maxRetries times', () => {
    const retry = retryOf({ maxRetries: 2 });
    expect(retry.decide(failed({ round: 2 })).again).toBe(true);
    expect(retry.decide(failed({ round: 3 }))).toEqual(stopped('exhausted'));
  });

  it('is for what is not permanent, unless retryOn and abortOn say otherwise', () => {
    class Mine extends Error {}
    const permanent = Object.assign(new Error('gone'), { status: 404 });
    const decide = (options: RetryOptions, error: unknown) =>
      retryOf(options).decide(failed({ lastError: error }));
    expect(decide({}, permanent)).toEqual(notRetryable);
    expect(decide({}, new Mine()).again).toBe(true);
    expect(decide({ retryOn: Mine }, new Error('x'))).toEqual(notRetryable);
    expect(decide({ retryOn: Mine }, Object.assign(new Mine(), { status: 404 })).again).toBe(true);
    expect(decide({ abortOn: Mine }, new Mine())).toEqual(overruled);
    expect(decide({ abortOn: Mine, retryOn: Mine }, new Mine())).toEqual(overruled);
    expect(decide({ abortOn: Mine }, permanent)).toEqual(notRetryable);
  });

  it('is for a result that is not good enough, whatever errors are retried', () => {
    const retry = retryOf({ retryOnResult: (result: string) => result === 'poor', retryOn: () => false });
    expect([retry.rejectsResult('poor'), retry.rejectsResult('good')]).toEqual([true, false]);
    expect(retryOf({}).rejectsResult('poor')).toBe(false);
    expect(retry.decide(failed({ lastError: undefined, hasFailed: false, lastResult: 'poor' })).again).toBe(
      true,
    );
  });

  it('is not made where a repetition could do something twice', () => {
    expect(retryOf({}).decide(failed({ mayRepeat: false }))).toEqual(stopped('not-replayable'));
  });

  it('must begin before the time of the call is over', () => {
    const retry = retryOf({ baseDelay: 100, jitter: 'none' });
    expect(retry.decide(failed({ timeLeft: 100 }))).toEqual(stopped('deadline'));
    expect(retry.decide(failed({ timeLeft: 101 })).again).toBe(true);
  });

  it('is not waited for if it will be refused', () => {
    const asked: number[] = [];
    const refuserAfter = (delay: number) => (asked.push(delay), { name: 'pay', retryAfter: undefined });
    const retry = retryOf({ baseDelay: 100, jitter: 'none' });
    expect(retry.decide(failed({ refuserAfter }))).toEqual(stopped('futile'));
    expect(asked).toEqual([100]);
  });

  it('is made at once without a delay, unless a function says when', () => {
    expect(retryOf({ baseDelay: 0 }).decide(failed())).toEqual({ again: true, delay: 0, reason: 'backoff' });
    const later = retryOf({ baseDelay: 0, backoff: () => 70 });
    expect(later.decide(failed())).toEqual(after(70));
  });

  it('is not made if the rule says so of an error that says nothing', () => {
    expect(retryOf({ abortOn: Error }).decide(failed())).toEqual(overruled);
    expect(retryOf({ retryOn: () => false }).decide(failed())).toEqual(notRetryable);
    const permanent = retryOf({}, 0.5, () => 'permanent');
    expect(permanent.decide(failed())).toEqual(notRetryable);
  });

  it('is waited for in spite of an open circuit if its refusal is repeated, and only then', () => {
    const asked: unknown[] = [];
    const onRefusal = (error: unknown) => (asked.push(error), true);
    const byRule = retryOf({ retryOn: onRefusal, baseDelay: 100, jitter: 'none' });
    expect(byRule.mayRepeatRefusals).toBe(true);
    expect(byRule.decide(failed(refuser()))).toMatchObject({ again: true, delay: 100 });
    expect(asked.at(-1)).toMatchObject({ code: 'RESILIENCE_CIRCUIT_OPEN', circuit: 'pay' });
    const byClass = retryOf({}, 0.5, () => 'unknown');
    expect(byClass.mayRepeatRefusals).toBe(true);
    expect(byClass.decide(failed(refuser())).again).toBe(true);
    const onlyErrors = retryOf({ retryOn: (error) => (error as Error).message === 'down' });
    expect(onlyErrors.decide(failed(refuser()))).toEqual(stopped('futile'));
    expect(retryOf({}).mayRepeatRefusals).toBe(false);
  });

  it('is drawn from the budget when nothing else is in the way', () => {
    const retry = retryOf({ budget: { ratio: 1, minPerSecond: 0 } });
    expect(retry.decide(failed())).toEqual(stopped('budget'));
    retry.budget?.countCall();
    expect(retry.decide(failed({ timeLeft: 0 }))).toEqual(stopped('deadline'));
    expect(retry.decide(failed()).again).toBe(true);
    expect(retry.decide(failed())).toEqual(stopped('budget'));
    const free = retryOf({ budget: false });
    expect(free.budget).toBeUndefined();
    expect(free.decide(failed()).again).toBe(true);
  });
});

describe('a retry that the server has asked for', () => {
  const second = asking({ 'retry-after': '1' });

  it.each([
    [0, 1000],
    [0.5, 1050],
    [0.99, 1099],
  ])('comes with chance %d after %d ms: never earlier than asked', (random, delay) => {
    const decision = retryOf({ maxDelay: 10 }, random).decide(failed({ lastError: second }));
    expect(decision).toEqual(after(delay, 'retry-after'));
  });

  it('comes exactly then without jitter, and never after the time of the call', () => {
    const options = { jitter: 'none' as const };
    expect(retryOf(options).decide(failed({ lastError: second }))).toMatchObject({ delay: 1000 });
    expect(retryOf({}).decide(failed({ lastError: second, timeLeft: 1020 }))).toMatchObject({ delay: 1010 });
    expect(retryOf({}).decide(failed({ lastError: second, timeLeft: 1000 }))).toEqual(stopped('deadline'));
  });

  it('waits for a circuit that opens for as long as the server asks, and for no other', () => {
    const options = { jitter: 'none' as const };
    const behind = (retryAfter?: number) =>
      retryOf(options).decide(failed({ lastError: second, ...refuser(retryAfter) }));
    expect(behind(1002)).toEqual(after(1002, 'retry-after'));
    expect(behind(1003)).toEqual(stopped('futile'));
    expect(behind(undefined)).toEqual(stopped('futile'));
    const unasked = retryOf({ ...options, baseDelay: 1000 }).decide(failed(refuser(1001)));
    expect(unasked).toEqual(stopped('futile'));
  });

  it('is not made if that is too long', () => {
    const atMost = (maxRetryAfter: number) =>
      retryOf({ maxRetryAfter }).decide(failed({ lastError: second }));
    expect(atMost(999)).toEqual(stopped('retry-after-too-long'));
    expect(atMost(1000).again).toBe(true);
  });

  it('may be asked for by a date, or by a result', () => {
    const error = asking({ 'retry-after': 'Thu, 01 Jan 1970 00:00:09 GMT' });
    const options = { jitter: 'none' as const };
    expect(retryOf(options).decide(failed({ lastError: error, wallNow: () => 2000 }))).toMatchObject({
      delay: 7000,
    });
    const poor = { lastError: undefined, hasFailed: false, lastResult: second };
    expect(retryOf(options).decide(failed(poor))).toMatchObject({ delay: 1000, reason: 'retry-after' });
  });

  it('comes after the backoff if the server is not to be obeyed', () => {
    const decision = retryOf({ respectRetryAfter: false, baseDelay: 10 }).decide(
      failed({ lastError: second }),
    );
    expect(decision).toEqual(after(5));
    const noError = retryOf({ baseDelay: 10 }).decide(failed({ lastError: 'text' }));
    expect(noError).toMatchObject({ reason: 'backoff' });
  });
});

describe('an event', () => {
  it('names the policy only where there is one', () => {
    const clock = new ManualClock(5);
    const event = (label: Label) => eventOf('bulkhead.rejected', label, clock, {});
    const bare = { type: 'bulkhead.rejected', name: 'a', at: 5, time: clock.epoch + 5 };
    expect(event({ name: 'a' })).toStrictEqual(bare);
    expect(event({ name: 'a', policy: 'b' })).toStrictEqual({ ...bare, policy: 'b' });
  });
});
