import { AsyncResource } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { ShutdownException, TimeoutException } from '../exceptions/rejection.exceptions.js';
import type { Circuit } from '../strategies/circuit-breaker/circuit.js';
import type { FailedCall } from '../strategies/retry/retry.js';
import type { AttemptSource } from './attempt-context.js';
import { listenToAbort } from './abort/caller-signal.js';
import type { Listener } from './abort/listeners.js';
import type { Deadline } from './deadlines/deadline-queue.js';
import type { Interruption, InterruptedBy, Outcome, InterruptTarget } from './outcome.js';
import type { CallLimits } from './call-limits.js';
import type { PipelineDeps } from './pipeline-deps.js';
import type { Operation } from './operation.js';

/** By what a call is reached. */
type Links = {
  /** The async context of the call, in which it is interrupted. */
  readonly scope: AsyncResource;
  readonly member: Listener;
  unlisten?: () => void;
  deadline?: Deadline;
};

/**
 * One call that takes longer than its happy path: it counts attempts, and it is where the caller's abort, the
 * total timeout and the shutdown arrive. Whatever the call waits for is told through one `onInterrupt`.
 */
export class Call implements AttemptSource, FailedCall, InterruptTarget {
  /** Attempts that were made, hedges included. */
  attempt = 0;
  /** The same without hedges: what retries are counted by. */
  round = 0;
  /** True if nothing can end a running attempt but the attempt itself. */
  readonly isUnbounded: boolean;
  previousDelay: number | undefined = undefined;
  /** True once a stream has yielded a value: time limits are over. */
  hasAnswered = false;
  /** Retries in a row that did not wait. */
  immediateRetries = 0;
  circuit: Circuit | undefined = undefined;
  interruption: Interruption | undefined = undefined;
  onInterrupt: ((interruption: Interruption) => void) | undefined = undefined;
  /** The last attempt, if it was not good enough. */
  private poor: Outcome | undefined = undefined;
  private uuid: string | undefined = undefined;
  private links: Links | undefined = undefined;

  constructor(
    readonly task: Operation,
    readonly limits: CallLimits,
    private readonly tools: PipelineDeps,
    private readonly startedAt: number,
  ) {
    const isLimited = limits.isHedged || limits.attempt !== Infinity || limits.total !== Infinity;
    const isOwn = task.attemptAt === undefined && task.stream === undefined;
    this.isUnbounded = !isLimited && isOwn && task.signal === undefined;
  }

  get idempotencyKey(): string {
    return (this.uuid ??= this.task.early?.idempotencyKey ?? randomUUID());
  }

  /** When the call must be over, in monotonic milliseconds. */
  get deadline(): number {
    return this.startedAt + this.totalLimit;
  }

  private get totalLimit(): number {
    return this.hasAnswered ? Infinity : this.limits.total;
  }

  /** Milliseconds in which a retry may still begin. */
  get timeLeft(): number {
    const limit = Math.min(this.totalLimit, this.limits.maxElapsed);
    return limit === Infinity ? Infinity : this.startedAt + limit - this.tools.clock.now();
  }

  get isAborted(): boolean {
    return this.tools.lifetime.isEnding || this.task.signal?.aborted === true;
  }

  get mayRepeat(): boolean {
    return this.task.mayRepeat?.(this.lastError) ?? true;
  }

  wallNow(): number {
    return this.tools.clock.wallNow();
  }

  /** An attempt is not good enough: those after it are told, and the caller should the application close. */
  remember(outcome: Outcome): void {
    this.poor = outcome;
  }

  get hasFailed(): boolean {
    return this.poor !== undefined && this.poor.kind !== 'value';
  }

  get lastError(): unknown {
    return this.poor?.kind === 'value' ? undefined : this.poor?.error;
  }

  get lastResult(): unknown {
    return this.poor?.kind === 'value' ? this.poor.value : undefined;
  }

  /** Begins to listen to everything that can end the call. */
  open(): void {
    const { signal } = this.task;
    const { lifetime, deadlines } = this.tools;
    const onShutdown = () => this.interrupt('shutdown', new ShutdownException({ cause: this.lastError }));
    const scope = new AsyncResource('BreakwaterCall');
    const links: Links = { scope, member: lifetime.join(onShutdown) };
    this.links = links;
    if (signal?.aborted) this.interrupt('caller', signal.reason);
    else if (signal) links.unlisten = listenToAbort(signal, () => this.interrupt('caller', signal.reason));
    if (this.totalLimit === Infinity) return;
    const queue = deadlines.of(this.limits.total);
    links.deadline = queue.add(() => this.interrupt('timeout', this.timedOut()), this.startedAt);
  }

  /** Lets go of everything that {@link open} took. */
  close(): void {
    if (!this.links) return;
    const { unlisten, member, deadline } = this.links;
    unlisten?.();
    deadline?.cancelDeadline();
    this.tools.lifetime.leave(member);
    this.links = undefined;
  }

  /** A stream has yielded its first value. */
  onAnswer(): void {
    this.hasAnswered = true;
    this.links?.deadline?.cancelDeadline();
  }

  /** The consumer of a stream leaves. */
  unsubscribe(reason: unknown): void {
    this.interrupt('unsubscribe', reason);
  }

  /** What the caller is told: on shutdown the error that the call waits to see mended, if there is one. */
  errorOf({ by, error }: Interruption): unknown {
    return by === 'shutdown' && this.hasFailed && !this.hasAnswered ? this.lastError : error;
  }

  private timedOut(): TimeoutException {
    const { name, total: timeout } = this.limits;
    return new TimeoutException({ scope: 'total', timeout, name, cause: this.lastError });
  }

  private interrupt(by: InterruptedBy, error: unknown): void {
    if (this.interruption) return;
    const interruption = (this.interruption = { by, error });
    const { scope } = this.links ?? {};
    // whoever aborts, unsubscribes or closes the application does so in a context of its own
    if (scope) scope.runInAsyncScope(() => this.onInterrupt?.(interruption));
    else this.onInterrupt?.(interruption);
  }
}
