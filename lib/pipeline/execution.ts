import { AsyncResource } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { ShutdownException, TimeoutException } from '../exceptions/rejection.exceptions.js';
import type { Guard } from '../strategies/guard.js';
import type { Alternatives, FailedCall } from '../strategies/retry/retry.js';
import type { AttemptSource } from './attempt-context.js';
import { listenToAbort } from './abort/caller-signal.js';
import type { Listener } from './abort/listeners.js';
import type { OwnedRun } from './around/owned-run.js';
import type { CallLimits } from './call-limits.js';
import type { Deadline } from './deadlines/deadline-queue.js';
import type { Permit } from './guards/permit.js';
import type { Operation } from './operation.js';
import type { InterruptedBy, Interruption, InterruptTarget, Outcome } from './outcome.js';
import type { PipelineDeps } from './pipeline-deps.js';

/** The connections over which a call is reached from outside. */
interface Links {
  /** The async context of the call, in which it is interrupted. */
  readonly scope: AsyncResource;
  readonly member: Listener;
  unlisten?: () => void;
  deadline?: Deadline;
}

/**
 * One call that takes longer than its happy path. It counts attempts, and it is where the caller's abort, the total timeout and
 * the shutdown arrive; they reach the wait or the attempt of the moment through one `onInterrupt`.
 */
export class Execution implements AttemptSource, FailedCall, InterruptTarget {
  /** Number of the last attempt, hedges included. */
  attempt = 0;
  /** Attempts whose body has begun to run: those that a guard has refused are not among them. */
  attemptsMade = 0;
  /** True if a retry has run. */
  isRetried = false;
  /** The same without hedges: retries are counted by it. */
  round = 0;
  /** True if nothing can end a running attempt but the attempt itself. */
  readonly isUnbounded: boolean;
  previousDelay: number | undefined = undefined;
  /** True once a stream has yielded a value: time limits are over. */
  hasAnswered = false;
  /** Retries in a row that did not wait. */
  immediateRetries = 0;
  /** The permit of the last attempt. */
  permit: Permit | undefined = undefined;
  /** The places of the next attempt, where the call may choose. */
  alternatives: Alternatives<Guard> | undefined = undefined;
  interruption: Interruption | undefined = undefined;
  onInterrupt: ((interruption: Interruption) => void) | undefined = undefined;
  /** The last attempt, if it was not good enough. */
  private rejected: Outcome | undefined = undefined;
  private rejectedAttempt = 0;
  private uuid: string | undefined = undefined;
  private links: Links | undefined = undefined;

  constructor(
    readonly operation: Operation,
    readonly limits: CallLimits,
    private readonly deps: PipelineDeps,
    readonly startedAt: number,
  ) {
    const isLimited = limits.isHedged || limits.attempt !== Infinity || limits.total !== Infinity;
    const isOwn = operation.attemptAt === undefined && operation.makeAttempt === undefined;
    const mayLeave = operation.signal !== undefined || operation.sharedRun?.mayEndEarly === true;
    const isCutOff = mayLeave || deps.shutdown.cutsOffAll;
    this.isUnbounded = !isLimited && isOwn && !isCutOff && operation.trace === undefined;
  }

  /** Counts an attempt whose body begins to run, and tells the reason for it. */
  beginAttempt(): 'first' | 'retry' {
    this.attemptsMade++;
    if (this.round === 1) return 'first';
    this.isRetried = true;
    return 'retry';
  }

  get idempotencyKey(): string {
    return (this.uuid ??= this.operation.early?.idempotencyKey ?? randomUUID());
  }

  /** Goes on with the key that the first attempt has seen. */
  keepKey(key: string | undefined): void {
    this.uuid = key ?? this.uuid;
  }

  /** The monotonic milliseconds at which the call must be over. */
  get deadline(): number {
    if (this.hasAnswered) return Infinity;
    return this.operation.sharedRun?.deadline ?? this.startedAt + this.limits.total;
  }

  /** Milliseconds in which a retry may still begin. */
  get timeLeft(): number {
    const end = Math.min(this.deadline, this.startedAt + this.limits.maxElapsed);
    return end === Infinity ? Infinity : end - this.deps.clock.now();
  }

  get isAborted(): boolean {
    const { signal, sharedRun } = this.operation;
    return signal?.aborted === true || sharedRun?.interruption?.by === 'caller';
  }

  get isClosing(): boolean {
    return this.deps.shutdown.isDraining;
  }

  get mayRepeat(): boolean {
    return this.operation.mayRepeat?.(this.lastError) ?? true;
  }

  refuserAfter(delay: number): Guard | undefined {
    const { alternatives } = this;
    return alternatives ? alternatives.refuserAfter(delay) : this.permit?.refuserAfter(delay);
  }

  wallNow(): number {
    return this.deps.clock.wallNow();
  }

  /**
   * Remembers an attempt that is not good enough: later attempts read its error, and the caller gets it should the
   * application close.
   */
  remember(outcome: Outcome): void {
    this.rejected = outcome;
    this.rejectedAttempt = this.attempt;
  }

  /** The last attempt that was not good enough, if there was one, and its number. */
  get lastRejected(): { readonly outcome: Outcome; readonly attempt: number } | undefined {
    return this.rejected && { outcome: this.rejected, attempt: this.rejectedAttempt };
  }

  get hasFailed(): boolean {
    return this.rejected !== undefined && this.rejected.kind !== 'value';
  }

  get lastError(): unknown {
    return this.rejected?.kind === 'value' ? undefined : this.rejected?.error;
  }

  get lastResult(): unknown {
    return this.rejected?.kind === 'value' ? this.rejected.value : undefined;
  }

  /** Begins to listen to everything that can end the call. */
  open(): void {
    const { signal, sharedRun } = this.operation;
    const { shutdown, deadlines } = this.deps;
    const scope = new AsyncResource('BreakwaterCall');
    const links: Links = { scope, member: shutdown.join(() => this.endForShutdown()) };
    this.links = links;
    if (shutdown.isClosed) this.endForShutdown();
    if (signal?.aborted) this.interrupt('caller', signal.reason);
    else if (signal) links.unlisten = listenToAbort(signal, () => this.interrupt('caller', signal.reason));
    if (sharedRun) return this.follow(sharedRun);
    if (this.deadline === Infinity) return;
    const queue = deadlines.of(this.limits.total);
    links.deadline = queue.add(() => this.interrupt('timeout', this.timedOut()), this.startedAt);
  }

  /** Ends with the last of the calls that wait for the run: each keeps its own time. */
  private follow(run: OwnedRun): void {
    run.execution = this;
    run.onInterrupt = ({ by, error }) => this.interrupt(by, error);
    const { interruption } = run;
    if (interruption) this.interrupt(interruption.by, interruption.error);
  }

  /** Lets go of everything that {@link open} took. */
  close(): void {
    if (!this.links) return;
    const { unlisten, member, deadline } = this.links;
    unlisten?.();
    deadline?.cancelDeadline();
    this.deps.shutdown.leaveMember(member);
    this.links = undefined;
  }

  /** True if what the call waits for is a retry: a failover belongs to the attempt that it follows. */
  awaitsRetry(isFailover: boolean): boolean {
    return this.rejected !== undefined && !(isFailover && this.round === 1);
  }

  /**
   * Begins a wait in which no attempt of this call runs: only then does an unbounded call listen to its end. A wait for a retry
   * ends once the application begins to close; a first attempt, and a failover of it, keep their chance. Returns the function
   * that ends it.
   */
  beginWait(isFailover = false): () => void {
    const { shutdown } = this.deps;
    if (this.isUnbounded) this.open();
    const isRetry = this.awaitsRetry(isFailover);
    const pause = isRetry ? shutdown.joinPause(() => this.endForShutdown()) : undefined;
    if (isRetry ? shutdown.isDraining : shutdown.isOver) this.endForShutdown();
    return () => {
      if (pause) shutdown.leavePause(pause);
      if (this.isUnbounded) this.close();
    };
  }

  /** Notes that a stream has yielded its first value: time limits are over, and the shutdown no longer waits for it. */
  onAnswer(): void {
    if (this.hasAnswered) return;
    this.hasAnswered = true;
    this.deps.shutdown.leave();
    this.links?.deadline?.cancelDeadline();
  }

  /** Runs a function in the async context of the call. */
  enter<T>(run: () => T): T {
    const { scope } = this.links ?? {};
    return scope ? scope.runInAsyncScope(run) : run();
  }

  /** Ends the call: the consumer of its stream leaves. */
  unsubscribe(reason: unknown): void {
    this.interrupt('unsubscribe', reason);
  }

  /** The error that the caller gets: on shutdown the one that the call waits to see mended, if there is one. */
  errorOf({ by, error }: Interruption): unknown {
    return by === 'shutdown' && this.hasFailed && !this.hasAnswered ? this.lastError : error;
  }

  private timedOut(): TimeoutException {
    const { name, total: timeout } = this.limits;
    return new TimeoutException({ scope: 'total', timeout, name, cause: this.lastError });
  }

  private endForShutdown(): void {
    this.interrupt('shutdown', new ShutdownException({ cause: this.lastError }));
  }

  private interrupt(by: InterruptedBy, error: unknown): void {
    if (this.interruption) return;
    const interruption = (this.interruption = { by, error });
    // the abort, the consumer or the shutdown comes in a context of its own
    this.enter(() => this.onInterrupt?.(interruption));
  }
}
