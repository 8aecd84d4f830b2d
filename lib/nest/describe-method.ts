import { ResilienceConfigurationError } from '../exceptions/resilience-configuration.error.js';
import { describePipeline } from '../runtime/describe.js';
import type { PipelineDescription } from '../runtime/pipeline-description.js';
import { effectiveMethodsOf } from './decorated-method.js';
import type { MethodPipelines } from './method-pipelines.js';

/**
 * The pipeline of a decorated method.
 *
 * @throws ResilienceConfigurationError for a method that is not decorated
 */
export function describeMethod(pipelines: MethodPipelines, type: unknown, key: unknown): PipelineDescription {
  const { prototype, name } = (typeof type === 'function' ? type : {}) as {
    prototype?: object;
    name?: string;
  };
  const methods = prototype ? effectiveMethodsOf(prototype) : [];
  const method = methods.find((candidate) => candidate.key === key);
  if (method) return describePipeline(pipelines.of(method).parts);
  const known = methods.map((candidate) => String(candidate.key)).join(', ') || 'none';
  const expected = `a decorated method (known: ${known})`;
  throw new ResilienceConfigurationError([{ path: `describe(${name ?? String(type)})`, expected, got: key }]);
}
