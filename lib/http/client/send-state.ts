import type { Attempt } from '../../pipeline/attempt-context.js';
import type { AttemptSlot } from '../../pipeline/guards/permit.js';
import type { TransportAttempt } from '../transport.js';

/** The view that a transport has of an attempt, and its report on the delivery. */
export class SendState implements TransportAttempt {
  /** True once a byte may have reached the upstream. */
  wasSent = false;
  /** True once the upstream has answered in a way that leads on with another method: it has done its part. */
  wasDone = false;

  constructor(readonly attempt: Attempt) {}

  get signal(): AbortSignal {
    return this.attempt.signal;
  }

  get slot(): AttemptSlot | undefined {
    return this.attempt.slot;
  }

  onAbort(listener: (reason: unknown) => void): void {
    this.attempt.onAbort(listener);
  }

  markSent(): void {
    this.wasSent = true;
  }
}
