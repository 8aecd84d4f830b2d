import type { BulkheadFamily } from '../strategies/bulkhead/bulkhead-registry.js';
import type { CircuitFamily } from '../strategies/circuit-breaker/circuit-breaker-registry.js';
import type { Fallback } from '../strategies/fallback/fallback.js';
import type { Hedge } from '../strategies/hedge/hedge.js';
import type { RateLimitFamily } from '../strategies/rate-limit/rate-limit.js';
import type { Retry } from '../strategies/retry/retry.js';
import type { ResolvedTimeout } from '../strategies/timeout/timeout.options.js';
import type { PipelineDeps } from './pipeline-deps.js';

/** The strategies of a pipeline that are in use. */
export interface StrategyParts {
  readonly fallback?: Fallback | undefined;
  readonly timeout?: ResolvedTimeout | undefined;
  readonly retry?: Retry | undefined;
  readonly hedge?: Hedge | undefined;
  readonly circuits?: CircuitFamily | undefined;
  readonly rateLimits?: RateLimitFamily | undefined;
  readonly bulkheads?: BulkheadFamily | undefined;
}

/** A policy compiled for one method, client or `execute`: the strategies in use, outermost first. */
export interface PipelineParts extends StrategyParts {
  /** `Class.method`, the policy's name or the client's. */
  readonly name: string;
  readonly policy?: string | undefined;
  readonly tools: PipelineDeps;
}
