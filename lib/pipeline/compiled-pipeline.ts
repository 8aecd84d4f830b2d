import type { GuardFamily } from '../strategies/guard.js';
import type { Label } from '../strategies/label.js';
import type { CallLimits } from './call-limits.js';
import type { PipelineDeps } from './pipeline-deps.js';
import type { PipelineParts } from './pipeline-parts.js';

/** A pipeline, as far as the end of a call needs it. */
export interface ObservedPipeline {
  /** The name of the calls in events. */
  readonly label: Label;
  readonly deps: PipelineDeps;
  /** True if a listener wants to know the end of each call. */
  readonly isObserved: boolean;
}

/** A pipeline, as the ways of running a call see it: they stand below it, and import no more of it. */
export interface CompiledPipeline extends ObservedPipeline {
  readonly parts: PipelineParts;
  readonly guards: readonly GuardFamily[];
  readonly limits: CallLimits;
}
