import { CircuitOpenException } from '../../exceptions/rejection.exceptions.js';
import { withoutStack } from '../../exceptions/resilience.exception.js';
import type { RetrySuppressedReason } from '../../events/resilience-event.js';
import { classifyFailure } from '../../policy/classify-failure.js';
import type { ClassifyFailure } from '../../policy/classify-failure.js';
import { isBare } from '../../policy/error-chain.js';
import { parseServerDelay } from '../../policy/server-delay.js';
import type { Label } from '../label.js';
import { backoffDelay } from './backoff.js';
import type { RetryBudget } from './retry-budget.js';
import type { ResolvedRetry } from './retry.options.js';

/** A call whose last attempt is not good enough: it failed, or its result was not accepted. */
export interface FailedCall {
  /** Attempts that have failed one after the other. */
  readonly round: number;
  /** False if it was a result that was not accepted. */
  readonly hasFailed: boolean;
  readonly lastError?: unknown;
  readonly lastResult?: unknown;
  /** The wait before the last attempt. */
  readonly previousDelay?: number | undefined;
  /** Milliseconds until the call's deadline; a retry must start before it. Infinity without one. */
  readonly timeLeft: number;
  /** True if nobody waits for another attempt any more. */
  readonly isAborted: boolean;
  /** False if a repetition could do something twice, or cannot be made. */
  readonly mayRepeat: boolean;
  /** The circuit that has to let the next attempt through. */
  readonly circuit?: { readonly name: string; isOpenAfter(delay: number): boolean } | undefined;
  /** Epoch milliseconds, asked for only to read an HTTP-date. */
  wallNow(): number;
}

/** Again, and when; or not, and why. */
export type RetryDecision =
  | { readonly again: true; readonly delay: number; readonly reason: 'backoff' | 'retry-after' }
  | { readonly again: false; readonly reason: StopReason };

/** Why not: `futile` is a wait at whose end a guard would refuse. */
export type StopReason = RetrySuppressedReason | 'exhausted' | 'futile';

/** How far above a server's delay the wait may go, so that those who were told the same time do not come back together. */
const UPWARD_JITTER = 0.1;

const AT_ONCE: RetryDecision = { again: true, delay: 0, reason: 'backoff' };

const stop = (reason: StopReason): RetryDecision => ({ again: false, reason });

/** Answers one question after a failed attempt: again, and when? It waits for nothing and runs nothing. */
export class Retry {
  /** False if it is certain that a guard's refusal is never repeated: by default it is permanent. */
  readonly mayRepeatRefusals: boolean;
  /** True if a plain `Error` is repeated without a question: by default it is never permanent. */
  private readonly repeatsBare: boolean;

  constructor(
    readonly label: Label,
    readonly options: ResolvedRetry,
    private readonly tools: {
      readonly budget: RetryBudget | undefined;
      readonly classify: ClassifyFailure;
      readonly random: () => number;
    },
  ) {
    this.mayRepeatRefusals = options.retryOn !== undefined || tools.classify !== classifyFailure;
    this.repeatsBare = !this.mayRepeatRefusals && options.abortOn === undefined;
  }

  /** What limits the retries of everything that shares it, if something does. */
  get budget(): RetryBudget | undefined {
    return this.tools.budget;
  }

  /** True if a result is to be tried again. */
  rejectsResult(result: unknown): boolean {
    const { retryOnResult } = this.options;
    return retryOnResult !== undefined && retryOnResult(result as never);
  }

  /** True if the rule, without regard to attempts, time or budget, repeats this error. */
  repeats(error: unknown): boolean {
    const { retryOn, abortOn } = this.options;
    if (abortOn?.(error)) return false;
    return retryOn ? retryOn(error) : this.tools.classify(error) !== 'permanent';
  }

  decide(failed: FailedCall): RetryDecision {
    const { hasFailed, lastError } = failed;
    const saysNothing = hasFailed && isBare(lastError);
    const isRepeated = !hasFailed || (saysNothing && this.repeatsBare) || this.repeats(lastError);
    if (!isRepeated) return stop('not-retryable');
    if (failed.round > this.options.maxRetries) return stop('exhausted');
    if (failed.isAborted) return stop('aborted');
    if (!failed.mayRepeat) return stop('not-replayable');
    return this.decideWait(failed, saysNothing ? undefined : this.serverDelay(failed));
  }

  private decideWait(failed: FailedCall, asked: number | undefined): RetryDecision {
    if (asked !== undefined && asked > this.options.maxRetryAfter) return stop('retry-after-too-long');
    const delay = asked ?? this.backoff(failed);
    if (delay >= failed.timeLeft) return stop('deadline');
    if (this.isFutile(failed, delay)) return stop('futile');
    if (this.tools.budget?.tryTake() === false) return stop('budget');
    if (asked === undefined) return delay === 0 ? AT_ONCE : { again: true, delay, reason: 'backoff' };
    return { again: true, delay: this.later(asked, failed.timeLeft), reason: 'retry-after' };
  }

  /** A circuit that will still be open makes the wait useless, unless its refusal is itself retried. */
  private isFutile({ circuit }: FailedCall, delay: number): boolean {
    if (circuit === undefined || !circuit.isOpenAfter(delay)) return false;
    const refusal = () => new CircuitOpenException({ circuit: circuit.name });
    return !this.mayRepeatRefusals || !this.repeats(withoutStack(refusal));
  }

  private serverDelay(failed: FailedCall): number | undefined {
    if (!this.options.respectRetryAfter) return undefined;
    const source = failed.lastError ?? failed.lastResult;
    return typeof source === 'object' ? parseServerDelay(source, failed.wallNow()) : undefined;
  }

  private backoff({ round: retry, lastError: error, lastResult: result, previousDelay }: FailedCall): number {
    const { options, tools } = this;
    const isAtOnce = options.baseDelay === 0 && typeof options.backoff === 'string';
    return isAtOnce ? 0 : backoffDelay(options, { retry, error, result, previousDelay }, tools.random);
  }

  /** Never earlier than asked, up to a tenth later, and before the call's time is over. */
  private later(asked: number, timeLeft: number): number {
    if (this.options.jitter === 'none') return asked;
    return asked + Math.min(asked * UPWARD_JITTER, timeLeft - asked) * this.tools.random();
  }
}
