import { ShutdownException } from '../exceptions/rejection.exceptions.js';
import { Deadline } from './deadline-queue.js';
import type { Permit } from './permit.js';

/** What follows a first attempt that did not succeed. */
export type FollowUp = (failed: { readonly error: unknown; readonly isTimeout: boolean }) => Promise<unknown>;

/**
 * A first attempt with a time limit and nothing else around it: the object itself stands in the deadline queue, and
 * nobody asks for a signal.
 */
export class TimedAttempt extends Deadline {
  private isOver = false;
  private resolve!: (value: unknown) => void;
  private reject!: (error: unknown) => void;
  readonly promise: Promise<unknown>;

  constructor(
    private readonly permit: Permit,
    private readonly followUp: FollowUp,
  ) {
    super();
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** The first of method and deadline counts. */
  race(running: Promise<unknown>): Promise<unknown> {
    running.then(
      (value) => {
        if (!this.ends()) return;
        this.permit.succeeded();
        this.resolve(value);
      },
      (error: unknown) => {
        if (this.ends()) this.resolve(this.followUp({ error, isTimeout: false }));
      },
    );
    return this.promise;
  }

  override onDeadline(): void {
    if (this.ends()) this.resolve(this.followUp({ error: undefined, isTimeout: true }));
  }

  override onShutdown(): void {
    if (!this.ends()) return;
    this.permit.release();
    this.reject(new ShutdownException());
  }

  private ends(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    this.queue?.remove(this);
    return true;
  }
}
