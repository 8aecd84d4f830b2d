import type { CallWrapper } from '../../strategies/call-wrapper.js';
import type { CallLimits } from '../call-limits.js';
import type { PipelineParts } from '../pipeline-parts.js';
import type { ObservedPipeline } from '../settle.js';

/** A pipeline, as the calls see it that go through the strategies around them. */
export interface AroundPipeline extends ObservedPipeline {
  readonly parts: PipelineParts;
  readonly limits: CallLimits;
  readonly wrappers: readonly CallWrapper[];
}
