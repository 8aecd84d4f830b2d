import { randomUUID } from 'node:crypto';
import { Attempt } from '../attempt-context.js';

/** The attempt of a body that runs before the form of its result is known; it becomes the first attempt of its call. */
export class EarlyAttempt {
  readonly idempotencyKey = randomUUID();
  readonly context: Attempt;

  /** @param deadline - in monotonic milliseconds, Infinity for none */
  constructor(deadline: number) {
    this.context = new Attempt({ idempotencyKey: this.idempotencyKey, lastError: undefined }, 1, deadline);
  }

  /** Ends together with the attempt that it has become. */
  follow({ signal }: Attempt): void {
    signal.addEventListener('abort', () => this.context.abort(signal.reason), { once: true });
  }
}
