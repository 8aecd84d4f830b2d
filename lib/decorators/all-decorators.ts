import type { StrategyName } from '../strategies/policy.options.js';
import { Bulkhead } from './bulkhead.decorator.js';
import { Cache } from './cache.decorator.js';
import { Chaos } from './chaos.decorator.js';
import { CircuitBreaker } from './circuit-breaker.decorator.js';
import { Coalesce } from './coalesce.decorator.js';
import { Fallback } from './fallback.decorator.js';
import { Hedge } from './hedge.decorator.js';
import { RateLimit } from './rate-limit.decorator.js';
import { Retryable } from './retryable.decorator.js';
import { Timeout } from './timeout.decorator.js';

/** The decorator of each strategy; the compiler refuses a strategy without one. */
export const decorators = {
  fallback: Fallback,
  cache: Cache,
  coalesce: Coalesce,
  timeout: Timeout,
  retry: Retryable,
  hedge: Hedge,
  circuitBreaker: CircuitBreaker,
  rateLimit: RateLimit,
  bulkhead: Bulkhead,
  chaos: Chaos,
} satisfies Record<StrategyName, unknown>;
