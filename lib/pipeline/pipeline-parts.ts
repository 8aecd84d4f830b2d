import type { CircuitFamily } from '../strategies/circuit-breaker/circuit-family.js';
import type { Retry } from '../strategies/retry/retry.js';
import type { ResolvedTimeout } from '../strategies/timeout/timeout.options.js';
import type { PipelineTools } from './pipeline-tools.js';

/** A policy compiled for one method, client or `execute`: the strategies in use, outermost first. */
export interface PipelineParts {
  /** `Class.method`, the policy's name or the client's. */
  readonly name: string;
  readonly policy?: string | undefined;
  readonly timeout?: ResolvedTimeout | undefined;
  readonly retry?: Retry | undefined;
  readonly circuits?: CircuitFamily | undefined;
  readonly tools: PipelineTools;
}
