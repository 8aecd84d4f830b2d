import { ShutdownException } from '../exceptions/rejection.exceptions.js';
import { announceInterruption } from './notify.js';
import { Attempt } from './attempt-context.js';
import type { AttemptSource } from './attempt-context.js';
import type { Call } from './execution.js';
import { Deadline } from './deadlines/deadline-queue.js';
import { drive } from './retry-loop.js';
import type { Permit } from './guards/permit.js';
import type { PipelineParts } from './pipeline-parts.js';
import type { CallLimits } from './call-limits.js';
import { quickPermit } from './quick-permit.js';
import { DONE } from './reject-soon.js';
import { startAttempt } from './operation.js';
import type { Operation } from './operation.js';
import { timedOut } from './attempt/timed-out.js';

interface CallMaker {
  readonly parts: PipelineParts;
  readonly limits: CallLimits;
  newCall(task: Operation, startedAt?: number): Call;
}

/** True if a first attempt at a task ends by itself, by its own limit or with the application. */
export function mayBeQuickTask(
  { retry, hedge, tools }: PipelineParts,
  { attempt, total }: CallLimits,
): boolean {
  const isAlone = !hedge && tools.ambientContext === undefined;
  // then the total timeout of a call can only fall due after its first attempt
  return isAlone && retry?.options.retryOnResult === undefined && attempt < total;
}

/** First attempts at tasks, such as requests: most calls are over with it, and need no more than one object around it. */
export class QuickTasks {
  constructor(private readonly pipeline: CallMaker) {}

  /** Undefined if the task is left to a call that can wait and be ended; nothing has been taken or counted then. */
  run(task: Operation): Promise<unknown> | undefined {
    if (task.signal ?? task.holdBack ?? task.stream) return undefined;
    const { parts, limits } = this.pipeline;
    const now = parts.tools.clock.now();
    if (now + limits.attempt >= (task.startedAt ?? now) + limits.total) return undefined;
    const permit = quickPermit(parts, task.args, task.key);
    if (permit === undefined) return undefined;
    permit.startedAt = now;
    const first = new FirstAttempt(this.pipeline, task, permit);
    parts.tools.deadlines.of(limits.attempt).insert(first, now);
    first.start(now);
    return first.result;
  }
}

/** A first attempt and its call in one: the object itself stands in the deadline queue; a real call is made when one is needed. */
class FirstAttempt extends Deadline implements AttemptSource {
  readonly lastError = undefined;
  private attempt: Attempt | undefined = undefined;
  private made: Call | undefined = undefined;
  private startedAt = 0;
  private isOver = false;
  private resolve!: (value: unknown) => void;
  private reject!: (error: unknown) => void;
  // fields and no literals for what lives as long as a request: where many are under way at once, V8 learns from a
  // literal that it lives long, and makes all that follow among the old, whose garbage is far dearer
  readonly result = new Promise<unknown>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });

  constructor(
    private readonly pipeline: CallMaker,
    private readonly task: Operation,
    private readonly permit: Permit,
  ) {
    super();
  }

  get idempotencyKey(): string {
    return this.call.idempotencyKey;
  }

  start(now: number): void {
    this.startedAt = this.task.startedAt ?? now;
    const attempt = (this.attempt = new Attempt(this, 1, this.at));
    attempt.moveTo = (key) => {
      if (!this.isOver) this.permit.moveTo(key, this.call, this.pipeline.parts);
    };
    startAttempt(this.task, attempt).then(
      (value) => {
        if (!this.ends()) return;
        this.permit.succeeded();
        this.resolve(value);
      },
      (error: unknown) => {
        if (this.ends()) this.goOn(error);
      },
    );
  }

  override onDeadline(): void {
    if (!this.ends()) return;
    const error = timedOut(this.pipeline, 1);
    this.goOn(error);
    this.attempt?.abort(error);
  }

  override onShutdown(): void {
    if (!this.ends()) return;
    const error = new ShutdownException();
    announceInterruption(this.call, this.pipeline.parts, { by: 'shutdown', error });
    this.permit.release();
    this.reject(error);
    this.attempt?.abort(error);
  }

  /** What follows is decided once everybody who has failed in this moment is known to have. */
  private goOn(error: unknown): void {
    const { call, permit } = this;
    permit.failed(error);
    this.resolve(DONE.then(() => drive(call, this.pipeline.parts, { kind: 'failed', error })));
  }

  private get call(): Call {
    if (this.made) return this.made;
    const call = (this.made = this.pipeline.newCall(this.task, this.startedAt));
    call.attempt = call.round = 1;
    call.circuit = this.permit.circuit;
    return call;
  }

  private ends(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    this.cancelDeadline();
    return true;
  }
}
