import { ResilienceConfigurationError } from '../exceptions/resilience-configuration.error.js';
import type { PipelineParts } from '../pipeline/pipeline-parts.js';
import { Problems } from '../policy/problems.js';
import { CircuitPlan } from '../strategies/circuit-breaker/circuit-plan.js';
import { classifyFailure } from '../policy/classify-failure.js';
import type { Label } from '../strategies/label.js';
import { resolveStrategy } from '../strategies/policy.options.js';
import { jitterOf } from '../strategies/retry/backoff.js';
import type { ResolvedRetry } from '../strategies/retry/retry.options.js';
import { decoratedMethodsOf } from './decorated-method.js';
import type { Runtime } from './runtime.js';

/** The options of one strategy with all layers merged: durations in milliseconds, functions as text, no `undefined`. */
export type StrategyDescription = Readonly<Record<string, unknown>>;

/** A pipeline as plain JSON. */
export interface PipelineDescription {
  /** `Class.method`, or the policy's name. */
  readonly name: string;
  readonly policy?: string;
  /** The strategies in use, outermost first. */
  readonly strategies: readonly string[];
  readonly timeout?: StrategyDescription;
  readonly retry?: StrategyDescription;
  readonly circuitBreaker?: StrategyDescription;
}

/** What is known of a pipeline without its state. */
interface Described extends Label {
  readonly timeout?: object | undefined;
  readonly retry?: (Label & { readonly options: ResolvedRetry }) | undefined;
  readonly circuit?: CircuitPlan | undefined;
}

/** The pipeline of a method or a call. */
export function describePipeline({ circuits, ...parts }: PipelineParts): PipelineDescription {
  const retry = parts.retry && { ...parts.retry.label, options: parts.retry.options };
  return describe({ ...parts, retry, circuit: circuits?.plan });
}

/**
 * What a named policy resolves to; nothing is made or counted.
 *
 * @throws ResilienceConfigurationError for a policy that does not exist
 */
export function describePolicy({ policies, tools }: Runtime, policy: string): PipelineDescription {
  const problems = new Problems();
  const layers = policies.layersOf(policy, 'describe', problems);
  problems.throwIfAny();
  const label = { name: policy, policy };
  const retry = resolveStrategy('retry', layers);
  const circuit = resolveStrategy('circuitBreaker', layers);
  return describe({
    ...label,
    timeout: resolveStrategy('timeout', layers),
    retry: retry && { ...label, name: retry.name ?? policy, options: retry },
    circuit:
      circuit &&
      new CircuitPlan({ ...label, name: circuit.name ?? policy }, circuit, {
        ...tools,
        classify: classifyFailure,
      }),
  });
}

/**
 * The pipeline of a decorated method.
 *
 * @throws ResilienceConfigurationError for a method that is not decorated
 */
export function describeMethod(runtime: Runtime, type: unknown, key: unknown): PipelineDescription {
  const { prototype, name } = (typeof type === 'function' ? type : {}) as {
    prototype?: object;
    name?: string;
  };
  const methods = prototype ? decoratedMethodsOf(prototype) : [];
  const method = methods.find((candidate) => candidate.key === key);
  if (method) return describePipeline(runtime.methods.of(method).parts);
  const known = methods.map((candidate) => String(candidate.key)).join(', ') || 'none';
  const expected = `a decorated method (known: ${known})`;
  throw new ResilienceConfigurationError([{ path: `describe(${name ?? String(type)})`, expected, got: key }]);
}

function describe({ name, policy, timeout, retry, circuit }: Described): PipelineDescription {
  const { attempt, total } = (timeout ?? {}) as { attempt?: number; total?: number };
  const used: Readonly<Record<string, unknown>> = {
    'total timeout': total,
    retry,
    'circuit breaker': circuit,
    'attempt timeout': attempt,
  };
  return {
    name,
    ...(policy !== undefined && { policy }),
    strategies: Object.keys(used).filter((strategy) => used[strategy] !== undefined),
    ...(timeout && { timeout: plain(timeout) }),
    ...(retry && { retry: plain({ ...retry.options, jitter: jitterOf(retry.options), name: retry.name }) }),
    ...(circuit && { circuitBreaker: plain(inForce(circuit)) }),
  };
}

/** Options whose default depends on others show what is in force. */
function inForce({ options, label, failureThreshold, minimumCalls, halfOpenTimeout }: CircuitPlan): object {
  const inARow = failureThreshold === Infinity ? undefined : failureThreshold;
  return { ...options, name: label.name, failureThreshold: inARow, minimumCalls, halfOpenTimeout };
}

function plain(options: object): StrategyDescription {
  const text = JSON.stringify(options, (_, value: unknown) =>
    typeof value === 'function' ? `[function ${value.name || 'anonymous'}]` : value,
  );
  return JSON.parse(text) as StrategyDescription;
}
