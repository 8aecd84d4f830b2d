import type { Attempt } from '../../pipeline/attempt-context.js';
import type { AttemptSlot } from '../../pipeline/guards/permit.js';
import type { ResponseHeaders, TransportAttempt, TransportRequest } from '../transport.js';

/** The view that a transport has of an attempt, and its report on the delivery. */
export class SendState implements TransportAttempt {
  /** True once a byte may have reached the upstream. */
  wasSent = false;
  /** True once the upstream has answered in a way that leads on with another method: it has done its part. */
  wasDone = false;
  /** The response whose body is being collected. */
  status: number | undefined = undefined;
  headers: ResponseHeaders = {};

  constructor(
    readonly attempt: Attempt,
    /** The request that is being sent: a redirect leads to another one. */
    public request: TransportRequest,
  ) {}

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
    this.status = undefined;
  }

  receiveHeaders(status: number, headers: ResponseHeaders): void {
    this.status = status;
    this.headers = headers;
  }
}
