import { ShutdownException } from '../exceptions/rejection.exceptions.js';
import { Deadline } from './deadline-queue.js';
import type { Permit } from './permit.js';
import type { Method } from './task.js';

/** A call that has been made. */
export interface Made {
  readonly method: Method;
  readonly self: unknown;
  readonly args: unknown[];
  readonly now: number;
}

/** What an attempt with a time limit reports to. */
export interface TimedOwner {
  /** What follows an attempt that did not succeed; without an error it ran out of time. */
  followUp(permit: Permit, made: Made, failed: { readonly error: unknown } | undefined): Promise<unknown>;
}

interface Settle {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A first attempt with a time limit and nothing else around it: the object itself stands in the deadline queue, and
 * nobody asks for a signal.
 */
export class TimedAttempt extends Deadline {
  private isOver = false;

  constructor(
    private readonly permit: Permit,
    private readonly made: Made,
    private readonly owner: TimedOwner,
    private readonly settle: Settle,
  ) {
    super();
  }

  /** The first of method and deadline counts. */
  race(running: Promise<unknown>): void {
    running.then(
      (value) => {
        if (!this.ends()) return;
        this.permit.succeeded();
        this.settle.resolve(value);
      },
      (error: unknown) => {
        if (this.ends()) this.settle.resolve(this.owner.followUp(this.permit, this.made, { error }));
      },
    );
  }

  override onDeadline(): void {
    if (this.ends()) this.settle.resolve(this.owner.followUp(this.permit, this.made, undefined));
  }

  override onShutdown(): void {
    if (!this.ends()) return;
    this.permit.release();
    this.settle.reject(new ShutdownException());
  }

  private ends(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    this.queue?.remove(this);
    return true;
  }
}
