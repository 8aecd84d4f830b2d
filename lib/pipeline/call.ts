import { randomUUID } from 'node:crypto';
import { ShutdownException, TimeoutException } from '../exceptions/rejection.exceptions.js';
import type { Circuit } from '../strategies/circuit-breaker/circuit.js';
import type { AttemptSource } from './attempt.js';
import { ignoreAbort, listenToAbort } from './caller-signal.js';
import type { Deadline } from './deadline-queue.js';
import type { Interruption, InterruptedBy } from './outcome.js';
import type { PipelineTools } from './pipeline-tools.js';
import type { Task } from './task.js';

/** What a call may take: its limits in milliseconds, Infinity for none. */
export interface CallLimits {
  readonly name: string;
  readonly total: number;
  readonly maxElapsed: number;
}

/**
 * One call that takes longer than its happy path: it counts attempts, and it is where the caller's abort, the
 * total timeout and the shutdown arrive. Whatever the call waits for is told through one `onInterrupt`.
 */
export class Call implements AttemptSource {
  attempt = 0;
  lastError: unknown;
  hasFailed = false;
  previousDelay: number | undefined;
  /** Retries in a row that did not wait. */
  immediateRetries = 0;
  circuit: Circuit | undefined;
  interruption: Interruption | undefined;
  onInterrupt: ((interruption: Interruption) => void) | undefined;
  private uuid: string | undefined;
  private totalDeadline: Deadline | undefined;

  constructor(
    readonly task: Task,
    readonly limits: CallLimits,
    private readonly tools: PipelineTools,
    private readonly startedAt: number,
  ) {}

  get idempotencyKey(): string {
    return (this.uuid ??= randomUUID());
  }

  /** When the call must be over, in monotonic milliseconds. */
  get deadline(): number {
    return this.startedAt + this.limits.total;
  }

  /** Milliseconds in which a retry may still begin. */
  get timeLeft(): number {
    const limit = Math.min(this.limits.total, this.limits.maxElapsed);
    return limit === Infinity ? Infinity : this.startedAt + limit - this.tools.clock.now();
  }

  /** Begins to listen to everything that can end the call. */
  open(): void {
    const { signal } = this.task;
    if (signal?.aborted) this.onCallerAbort();
    else if (signal) listenToAbort(signal, this.onCallerAbort);
    if (this.limits.total !== Infinity) {
      this.totalDeadline = this.tools.deadlines
        .of(this.limits.total)
        .add(this.onTotalTimeout, this.startedAt);
    }
    this.tools.lifetime.join(this.onShutdown);
  }

  /** Lets go of everything that {@link open} took. */
  close(): void {
    if (this.task.signal) ignoreAbort(this.task.signal, this.onCallerAbort);
    this.totalDeadline?.queue.remove(this.totalDeadline);
    this.tools.lifetime.leave(this.onShutdown);
  }

  private readonly onCallerAbort = (): void => this.interrupt('caller', this.task.signal?.reason);

  private readonly onTotalTimeout = (): void => {
    const { name, total: timeout } = this.limits;
    this.interrupt('timeout', new TimeoutException({ scope: 'total', timeout, name, cause: this.lastError }));
  };

  private readonly onShutdown = (): void => {
    this.interrupt('shutdown', new ShutdownException({ cause: this.lastError }));
  };

  private interrupt(by: InterruptedBy, error: unknown): void {
    if (this.interruption) return;
    this.interruption = { by, error };
    this.onInterrupt?.(this.interruption);
  }
}
