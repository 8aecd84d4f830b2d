import { Pipeline } from '../pipeline/pipeline.js';
import { placedStrategies } from '../pipeline/pipeline-parts.js';

/** The same pipeline with the strategies in front of bodies that are there now. */
export function renewed(pipeline: Pipeline): Pipeline {
  const { interceptors, parts, attemptAt } = pipeline;
  const now = placedStrategies(parts).bodies;
  const isSame = now.length === interceptors.length && now.every((one) => interceptors.includes(one));
  return isSame ? pipeline : new Pipeline(parts, attemptAt);
}
