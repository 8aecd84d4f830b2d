import { AsyncResource } from 'node:async_hooks';
import { hasCallerSignal } from '../../policy/abort-signal.js';
import { watchEnd } from '../../strategies/call-wrapper.js';
import type { RunWatcher, SharedRun } from '../../strategies/call-wrapper.js';
import { runnable } from '../operation.js';
import type { Operation } from '../operation.js';
import type { Interruption } from '../outcome.js';
import type { CallReport } from '../settle.js';
import type { OwnedRun, RunningExecution } from './owned-run.js';
import { argumentsOfRun } from './run-arguments.js';

/** A run of the inside of a call, for which several calls may wait. It is given up once the last of them has left. */
export class CallRun implements SharedRun, OwnedRun, CallReport {
  attempts = 0;
  isRetried = false;
  outcome: CallReport['outcome'] = 'failure';
  error: unknown = undefined;
  /** Set by the execution that the run has become, where it does not end with its first attempt. */
  execution: RunningExecution | undefined = undefined;
  interruption: Interruption | undefined = undefined;
  onInterrupt: ((interruption: Interruption) => void) | undefined = undefined;
  private running: Promise<unknown> | undefined = undefined;
  private waiting = 0;
  private abort: { readonly scope: AsyncResource; readonly controller: AbortController } | undefined =
    undefined;

  /**
   * @param deadline - the latest deadline of the calls that wait, in monotonic milliseconds
   * @param mayEndEarly - true if the call that began it may leave at any time
   */
  constructor(
    public deadline: number,
    readonly mayEndEarly: boolean,
  ) {}

  get result(): Promise<unknown> {
    return this.running as Promise<unknown>;
  }

  get isOpen(): boolean {
    return this.interruption === undefined;
  }

  /** True if the last call that waited has left by its own abort. */
  get isAborted(): boolean {
    return this.interruption?.by === 'caller';
  }

  /** Attempts that were made so far. */
  get attemptsMade(): number {
    return this.attempts || (this.execution?.attemptsMade ?? 0);
  }

  /** The signal that takes the place of a caller's; it aborts in the async context of the run. */
  get signal(): AbortSignal {
    this.abort ??= { scope: new AsyncResource('BreakwaterRun'), controller: new AbortController() };
    return this.abort.controller.signal;
  }

  /** Sets the result of the run, which has begun; the watcher hears of it before the calls. */
  start(running: Promise<unknown>, watcher: RunWatcher): void {
    this.running = watchEnd(running, watcher);
  }

  /** Adds a call that waits until its deadline. */
  enter(deadline: number): void {
    this.waiting++;
    if (deadline > this.deadline) this.deadline = deadline;
  }

  /** Takes a call away; true if that was the last one, and an execution hears of it. */
  leave(interruption: Interruption): boolean {
    if (--this.waiting > 0 || this.interruption) return false;
    this.interruption = interruption;
    const isHeard = this.onInterrupt !== undefined;
    this.onInterrupt?.(interruption);
    this.abort?.scope.runInAsyncScope(() => this.abort?.controller.abort(interruption.error));
    return isHeard;
  }
}

/** The operation of a run that belongs to no single caller. */
export function operationOfRun(operation: Operation, run: CallRun, startedAt: number | undefined): Operation {
  const { args } = operation;
  return runnable(operation, {
    args: hasCallerSignal(args) ? argumentsOfRun(args, () => run.signal) : args,
    signal: undefined,
    startedAt,
    sharedRun: run,
    report: run,
  });
}
