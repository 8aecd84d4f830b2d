import { CircuitOpenException } from '../../exceptions/rejection.exceptions.js';
import { withoutStack } from '../../exceptions/resilience.exception.js';
import type { RetrySuppressedReason } from '../../events/resilience-event.js';
import { classifyByStatus, classifyFailure } from '../../failures/classify-failure.js';
import type { ClassifyFailure } from '../../failures/classify-failure.js';
import { isControlFlow } from '../../failures/explain-failure.js';
import { isPlainError } from '../../policy/error-chain.js';
import { laterThanAsked, parseServerDelay } from '../../policy/server-delay.js';
import { parseShouldRetry } from '../../policy/should-retry.js';
import type { Guard } from '../guard.js';
import type { Label } from '../label.js';
import { backoffDelay } from './backoff.js';
import type { RetryBudget } from './retry-budget.js';
import type { ResolvedRetry } from './retry.options.js';

/** The places to which the next attempt may go, where a call has more than one. */
export interface Alternatives<G = Pick<Guard, 'name' | 'retryAfter'>> {
  /** The shortest of the delays that they have asked for, in milliseconds; undefined if one of them has asked for none. */
  readonly askedDelay: number | undefined;
  /** The guard that opens first, if all of them would refuse an attempt made `delay` milliseconds from now. */
  refuserAfter(delay: number): G | undefined;
}

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
  /** True if the caller has left. */
  readonly isAborted: boolean;
  /** True if the application has begun to close. */
  readonly isClosing: boolean;
  /** False if a repetition could do something twice, or cannot be made. */
  readonly mayRepeat: boolean;
  /** Set where the next attempt may go elsewhere: a server's delay binds only that server. */
  readonly alternatives?: Pick<Alternatives, 'askedDelay'> | undefined;
  /** Finds the guard that would surely refuse an attempt made `delay` milliseconds from now. */
  refuserAfter(delay: number): Pick<Guard, 'name' | 'retryAfter'> | undefined;
  /** Epoch milliseconds, asked for only to read an HTTP-date. */
  wallNow(): number;
}

/** The decision about a retry: its delay, or the reason against it. */
export type RetryDecision =
  | {
      readonly again: true;
      readonly delay: number;
      readonly reason: 'backoff' | 'retry-after';
      /** True if `beforeRetry` has to run first, and the budget is drawn from after it. */
      readonly isAnnounced?: boolean;
    }
  | {
      readonly again: false;
      readonly reason: StopReason;
      /** True if `abortOn` or the server has overruled a retry that would otherwise have been made. */
      readonly isOverruled?: boolean;
    };

/** Verdict of the rule on an error; `aborted` is that of `abortOn`. */
type Ruling = 'repeated' | 'aborted' | 'permanent';

/** The reason against a retry: `futile` is a wait at whose end a guard would refuse. */
export type StopReason = RetrySuppressedReason | 'exhausted' | 'futile';

/**
 * Two readings of the wall clock and two of the monotonic clock, in whole and in broken milliseconds, may differ by this much: a
 * circuit that opens for the same Retry-After as the retry waits must not refuse it for a rounding.
 */
const CLOCK_ROUNDING_MS = 2;

const RETRY_AT_ONCE: RetryDecision = { again: true, delay: 0, reason: 'backoff' };

const stop = (reason: StopReason): RetryDecision => ({ again: false, reason });

/** Decides after a failed attempt whether another one follows, and when. It waits for nothing and runs nothing. */
export class Retry {
  /** False if it is certain that a guard's refusal is never repeated: by default it is permanent. */
  readonly mayRepeatRefusals: boolean;
  /** True if a plain `Error` is repeated without a question: by default it is never permanent. */
  private readonly repeatsBare: boolean;

  constructor(
    readonly label: Label,
    readonly options: ResolvedRetry,
    private readonly deps: {
      readonly budget: RetryBudget | undefined;
      readonly classify: ClassifyFailure;
      readonly random: () => number;
    },
  ) {
    this.mayRepeatRefusals = options.retryOn !== undefined || deps.classify !== classifyFailure;
    this.repeatsBare = !this.mayRepeatRefusals && options.abortOn === undefined;
  }

  get name(): string {
    return this.label.name;
  }

  /** The budget that limits the retries of everything that shares it, if one does. */
  get budget(): RetryBudget | undefined {
    return this.deps.budget;
  }

  /** True if a result is to be tried again. */
  rejectsResult(result: unknown): boolean {
    const { retryOnResult } = this.options;
    return retryOnResult !== undefined && retryOnResult(result as never);
  }

  /** True if the rule, without regard to attempts, time or budget, repeats this error. */
  repeats(error: unknown): boolean {
    return this.rulingOn(error) === 'repeated';
  }

  private rulingOn(error: unknown): Ruling {
    // an order of a job to its worker is no failure, whatever a user's rule says of errors
    if (isControlFlow(error)) return 'permanent';
    if (this.options.abortOn?.(error)) return 'aborted';
    return this.mayPass(error) ? 'repeated' : 'permanent';
  }

  /** True if the rule repeats this error, apart from `abortOn`. */
  private mayPass(error: unknown): boolean {
    const { retryOn } = this.options;
    return retryOn ? retryOn(error) : this.deps.classify(error) !== 'permanent';
  }

  decide(failed: FailedCall): RetryDecision {
    const { hasFailed, lastError } = failed;
    const saysNothing = hasFailed && isPlainError(lastError);
    const isRepeated = !hasFailed || (saysNothing && this.repeatsBare);
    const ruling = isRepeated ? 'repeated' : this.rulingOn(lastError);
    if (ruling !== 'repeated') return this.refuse(failed, ruling);
    if (failed.round > this.options.maxRetries) return stop('exhausted');
    if (failed.isAborted) return stop('aborted');
    if (failed.isClosing) return stop('shutdown');
    if (!failed.mayRepeat) return stop('not-replayable');
    return this.decideWait(failed, saysNothing ? undefined : this.serverDelay(failed));
  }

  /** An error that is not repeated; listeners hear of it only where `abortOn` or the server decides against the rule. */
  private refuse({ lastError, round }: FailedCall, ruling: Ruling): RetryDecision {
    const isOtherwiseMade = () =>
      ruling === 'aborted' ? this.mayPass(lastError) : this.isForbidden(lastError);
    const isOverruled = round <= this.options.maxRetries && isOtherwiseMade();
    return { again: false, reason: 'not-retryable', isOverruled };
  }

  /** True if only the server's order keeps the rule from repeating this error. */
  private isForbidden(error: unknown): boolean {
    if (this.options.retryOn !== undefined || parseShouldRetry(error) !== false) return false;
    return classifyByStatus(error, this.deps.classify) !== 'permanent';
  }

  private decideWait(failed: FailedCall, asked: number | undefined): RetryDecision {
    if (asked !== undefined && asked > this.options.maxRetryAfter) return stop('retry-after-too-long');
    const delay = this.untilGuardOpens(failed, asked ?? this.backoff(failed), asked !== undefined);
    if (delay === undefined) return stop('futile');
    if (delay >= failed.timeLeft) return stop('deadline');
    if (this.isSpent()) return stop('budget');
    const isAnnounced = this.options.beforeRetry !== undefined;
    if (asked !== undefined) {
      const later = Math.max(delay, this.later(asked, failed.timeLeft));
      return { again: true, delay: later, reason: 'retry-after', isAnnounced };
    }
    return delay === 0 && !isAnnounced
      ? RETRY_AT_ONCE
      : { again: true, delay, reason: 'backoff', isAnnounced };
  }

  /** Draws from the budget; with `beforeRetry` it only looks, as the budget is drawn from after that. */
  private isSpent(): boolean {
    const { budget } = this.deps;
    if (budget === undefined) return false;
    return this.options.beforeRetry === undefined ? !budget.tryTake() : !budget.hasRoom();
  }

  /**
   * The delay, or undefined if a guard will still refuse then, so that the wait is useless. A circuit that stays open for just
   * as long as the server asks is waited for; one whose refusal is itself retried does not matter.
   */
  private untilGuardOpens(failed: FailedCall, delay: number, isAsked: boolean): number | undefined {
    const guard = failed.refuserAfter(delay);
    if (guard === undefined) return delay;
    const { retryAfter } = guard;
    if (isAsked && retryAfter !== undefined && retryAfter - delay <= CLOCK_ROUNDING_MS) return retryAfter;
    const refusal = () => new CircuitOpenException({ circuit: guard.name });
    return this.mayRepeatRefusals && this.repeats(withoutStack(refusal)) ? delay : undefined;
  }

  private serverDelay(failed: FailedCall): number | undefined {
    if (!this.options.respectRetryAfter) return undefined;
    if (failed.alternatives) return failed.alternatives.askedDelay;
    const source = failed.lastError ?? failed.lastResult;
    return typeof source === 'object' ? parseServerDelay(source, failed.wallNow()) : undefined;
  }

  private backoff({ round: retry, lastError: error, lastResult: result, previousDelay }: FailedCall): number {
    const { options, deps } = this;
    const isAtOnce = options.baseDelay === 0 && typeof options.backoff === 'string';
    return isAtOnce ? 0 : backoffDelay(options, { retry, error, result, previousDelay }, deps.random);
  }

  /** Spreads a server's delay: never earlier than asked, up to a tenth later, and before the call's time is over. */
  private later(asked: number, timeLeft: number): number {
    if (this.options.jitter === 'none') return asked;
    return laterThanAsked(asked, timeLeft, this.deps.random);
  }
}
