import type { Attempt } from '../pipeline/attempt-context.js';
import type { TransportAttempt } from './transport.js';

/** What a transport is given of an attempt, and what it tells of it. */
export class Delivery implements TransportAttempt {
  /** True once a byte may have reached the upstream. */
  wasSent = false;
  /** True once the upstream has answered in a way that leads on with another method: it has done its part. */
  wasDone = false;

  constructor(readonly attempt: Attempt) {}

  get signal(): AbortSignal {
    return this.attempt.signal;
  }

  onAbort(listener: (reason: unknown) => void): void {
    this.attempt.onAbort(listener);
  }

  markSent(): void {
    this.wasSent = true;
  }
}
