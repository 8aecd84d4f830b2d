import type { Attempt } from '../../../pipeline/attempt-context.js';
import type { AttemptSlot } from '../../../pipeline/guards/permit.js';
import type { SendProgress } from '../../request/replay-safety.js';
import type { ResponseHeaders, TransportAttempt, TransportRequest } from '../../transport.js';
import type { Token } from '../auth.js';

/** The view that a transport has of an attempt, and its report on the delivery. */
export class SendState implements TransportAttempt, SendProgress {
  /** True once a byte may have reached the upstream. */
  wasSent = false;
  /** True once the upstream has answered in a way that leads on with another method: it has done its part. */
  wasDone = false;
  /** True once a byte may have reached an origin that was not given the idempotency key. */
  wasSentWithoutKey = false;
  /** True from the redirect on that has dropped the key. */
  hasLostKey = false;
  /** The token with which the attempt was sent. */
  token: Token | undefined = undefined;
  /** Number of redirects that the attempt has followed. */
  hops = 0;
  /** True for the repetition after a 401. */
  isRepetition = false;
  /** Monotonic milliseconds of the first byte; 0 where nothing depends on it. */
  sentAt = 0;
  /** The response whose body is being collected. */
  status: number | undefined = undefined;
  headers: ResponseHeaders = {};

  constructor(
    readonly attempt: Attempt,
    /** The request that is being sent: a redirect leads to another one. */
    public request: TransportRequest,
  ) {}

  /** Begins again: the upstream has not acted on what it has refused. */
  forget(): void {
    this.wasSent = this.wasDone = this.wasSentWithoutKey = this.hasLostKey = false;
    this.status = undefined;
    this.hops = 0;
  }

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
    if (this.hasLostKey) this.wasSentWithoutKey = true;
    this.status = undefined;
  }

  receiveHeaders(status: number, headers: ResponseHeaders): void {
    this.status = status;
    this.headers = headers;
  }
}
