import { ShutdownException } from '../exceptions/rejection.exceptions.js';
import { Deadline } from './deadlines/deadline-queue.js';
import type { Permit } from './guards/permit.js';
import type { Method } from './operation.js';

/** A first attempt that has been made, and what it needs to be followed by others. */
export interface Made {
  readonly permit: Permit;
  readonly method: Method;
  readonly self: unknown;
  readonly args: unknown[];
}

/** What follows an attempt that did not succeed; without an error it ran out of time. */
export type FollowUp = (made: Made, failed: { readonly error: unknown } | undefined) => Promise<unknown>;

/**
 * A first attempt with a time limit and nothing else around it: the object itself stands in the deadline queue, which
 * it leaves when it is over, and nobody asks for a signal.
 */
export class TimedAttempt extends Deadline implements Made {
  private followUp!: FollowUp;
  private resolve!: (value: unknown) => void;
  private reject!: (error: unknown) => void;

  constructor(
    readonly permit: Permit,
    readonly method: Method,
    readonly self: unknown,
    readonly args: unknown[],
  ) {
    super();
  }

  /** What the caller gets: the first of method and deadline counts. */
  race(running: Promise<unknown>, followUp: FollowUp): Promise<unknown> {
    this.followUp = followUp;
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
      running.then(
        (value) => this.succeed(value),
        (error: unknown) => this.fail(error),
      );
    });
  }

  override onDeadline(): void {
    this.resolve(this.followUp(this, undefined));
  }

  override onShutdown(): void {
    this.permit.release();
    this.reject(new ShutdownException());
  }

  private succeed(value: unknown): void {
    if (!this.leaves()) return;
    this.permit.succeeded();
    this.resolve(value);
  }

  private fail(error: unknown): void {
    if (this.leaves()) this.resolve(this.followUp(this, { error }));
  }

  /** False if its time was over before. */
  private leaves(): boolean {
    if (this.place === undefined) return false;
    this.place.remove(this);
    return true;
  }
}
