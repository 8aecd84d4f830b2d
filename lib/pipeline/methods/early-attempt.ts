import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock/clock.js';
import { Attempt } from '../attempt-context.js';
import type { CallLimits } from '../call-limits.js';

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

/** A pipeline, as far as the attempt of a body that runs before its call is concerned. */
interface EarlyPipeline {
  readonly attemptAt?: number | undefined;
  readonly limits: CallLimits;
  readonly deps: { readonly clock: Clock };
}

/** The attempt of a body that runs before its call, where the method asks for it. */
export function newEarlyAttempt({ attemptAt, limits, deps }: EarlyPipeline): EarlyAttempt | undefined {
  if (attemptAt === undefined) return undefined;
  return new EarlyAttempt(deps.clock.now() + Math.min(limits.attempt, limits.total));
}
