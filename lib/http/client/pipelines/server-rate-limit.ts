import type { Clock } from '../../../clock/clock.js';
import { RateLimitExceededException } from '../../../exceptions/rejection.exceptions.js';
import {
  boundedDelay,
  laterThanAsked,
  parseQuotaDelay,
  parseServerDelay,
} from '../../../policy/server-delay.js';
import { stateRules } from '../../../strategies/keyed-state.js';
import { LruMap } from '../../../strategies/lru-map.js';
import type { TransportResponse } from '../../transport.js';

/** The services that a server's rate limit needs. */
export interface ServerRateLimitDeps {
  /** Name of the client. */
  readonly name: string;
  readonly clock: Clock;
  readonly random: () => number;
  /** Longest wait for a quota, in milliseconds; beyond it a call fails at once. */
  readonly maxWait: number;
}

/** The quota that an origin has stated. */
interface Quota {
  /** Monotonic milliseconds until which there is none. */
  usedUpUntil: number;
}

/** The quotas that each origin states in its responses (`rateLimit: 'server'`). */
export class ServerRateLimit {
  private readonly quotas: LruMap<Quota>;

  constructor(private readonly deps: ServerRateLimitDeps) {
    this.quotas = new LruMap<Quota>({
      maxKeys: stateRules.maxKeys.fallback,
      idleTtl: stateRules.idleTtl.fallback,
      mayExpire: ({ usedUpUntil }) => usedUpUntil <= deps.clock.now(),
    });
  }

  /** Remembers a response that says that its quota is used up, or a 429 that says when to come back. */
  learn(origin: string, { status, headers }: TransportResponse): void {
    const { clock } = this.deps;
    const parse = status === 429 ? parseServerDelay : parseQuotaDelay;
    const delay = parse({ headers, status }, clock.wallNow());
    if (delay === undefined) return;
    const quota = this.quotas.obtain(origin, clock.now(), () => ({ usedUpUntil: 0 }));
    quota.usedUpUntil = Math.max(quota.usedUpUntil, clock.now() + delay);
  }

  /**
   * Milliseconds that the next request to an origin has to wait.
   *
   * @throws RateLimitExceededException if that is longer than `retry.maxRetryAfter`, or than the time left
   */
  waitFor(origin: string, timeLeft: number): number {
    const quota = this.quotas.peek(origin);
    if (!quota) return 0;
    const { clock, random, maxWait, name } = this.deps;
    const wait = quota.usedUpUntil - clock.now();
    if (wait <= 0) return 0;
    if (wait > maxWait || wait >= timeLeft) {
      const retryAfter = boundedDelay(wait, maxWait);
      throw new RateLimitExceededException({ name: `${name}[${origin}]`, retryAfter });
    }
    return laterThanAsked(wait, timeLeft, random);
  }
}
