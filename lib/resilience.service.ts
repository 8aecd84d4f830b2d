import type { Type } from '@nestjs/common';
import type { AttemptContext } from './pipeline/attempt-context.js';
import type { Method } from './pipeline/operation.js';
import { Pipeline } from './pipeline/pipeline.js';
import { withoutStrategies } from './pipeline/pipeline-parts.js';
import { describeMethod } from './nest/describe-method.js';
import type { MethodPipelines } from './nest/method-pipelines.js';
import { ownValue } from './policy/own-property.js';
import { newProblems } from './policy/problems.js';
import { describePipeline, describePolicy } from './runtime/describe.js';
import type { PipelineDescription } from './runtime/pipeline-description.js';
import { PolicyPipelines } from './runtime/policy-pipelines.js';
import type { Runtime } from './runtime/runtime.js';
import type { CacheKey } from './strategies/call-key.js';
import { NOT_GIVEN } from './strategies/keyed-call.js';
import { checkPolicy } from './strategies/policy.options.js';
import type { PolicyOptions } from './strategies/policy.options.js';
import type { PolicyName } from './decorators/policy-arguments.js';

/** Beside the policy of `ResilienceService.execute`. @public */
export interface ExecuteOptions {
  /** Name of the state, in events and wherever it is shared; needed by an inline policy that has a circuit breaker. */
  name?: string | undefined;
  /** One circuit per key, such as a tenant. */
  key?: string | undefined;
  /** The key of what is kept or shared: `cache` and `coalesce` need it, and circuits have none by it. Default: `key`. */
  cacheKey?: CacheKey;
  /** The caller's abort: ends the attempt and every wait at once, with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Runs functions through a policy, where a decorator does not fit. @public */
export class ResilienceService {
  private readonly pipelines: PolicyPipelines;
  private barePipeline: Pipeline | undefined;

  /** @internal */
  constructor(
    private readonly runtime: Runtime,
    private readonly methods: MethodPipelines,
    private readonly beginToClose: () => Promise<void>,
  ) {
    this.pipelines = new PolicyPipelines(runtime);
    runtime.addPolicyUser(this.pipelines);
    runtime.circuits.onMissing = (name) => this.pipelines.makeCircuit(name);
  }

  /**
   * Runs `fn` with exactly the strategies that the policy or `defaults` configure.
   *
   * @param policy - name of a policy, or options
   * @returns what `fn` returns; rejects with the last error itself when retries end
   * @throws ResilienceConfigurationError (as a rejection) for an unknown policy or wrong options
   *
   * @example
   * ```ts
   * await resilience.execute('payments', ({ signal }) => charge(order, { signal }));
   * ```
   */
  async execute<T>(
    policy: PolicyName | PolicyOptions,
    fn: (attempt: AttemptContext) => T | Promise<T>,
    options: ExecuteOptions = {},
  ): Promise<T> {
    const [name, key] = [ownValue(options, 'name'), ownValue(options, 'key')];
    const [signal, cacheKey = key ?? NOT_GIVEN] = [
      ownValue(options, 'signal'),
      ownValue(options, 'cacheKey'),
    ];
    const pipeline = this.bare(policy) ?? this.pipelines.of(policy, { name, isKeyed: key !== undefined });
    return pipeline.execute({
      method: fn as Method,
      self: undefined,
      args: [],
      attemptAt: 0,
      key,
      cacheKey,
      signal,
    }) as Promise<T>;
  }

  /**
   * Gives a named policy other options: all at once, or, if something is wrong with them, not at all. Circuits and
   * budgets keep their state; calls under way finish under the options that they began with.
   *
   * @param policy - a policy of `forRoot({ policies })`
   * @param options - what takes the place of all its options; `defaults` still apply
   * @throws ResilienceConfigurationError for an unknown policy or wrong options
   *
   * @example
   * ```ts
   * resilience.update('payments', { retry: { maxRetries: 1 }, circuitBreaker: { failureThreshold: 3 } });
   * ```
   */
  update(policy: PolicyName, options: PolicyOptions): void {
    this.runtime.updatePolicy(policy, options);
  }

  /**
   * The pipeline of a decorated method, or what a named policy resolves to, as plain JSON.
   *
   * @throws ResilienceConfigurationError for an unknown policy, or a method that is not decorated
   *
   * @example
   * ```ts
   * resilience.describe(PaymentsService, 'charge').retry?.maxRetries;
   * resilience.describe('payments').strategies; // ['total timeout', 'retry', 'circuit breaker']
   * ```
   */
  describe(policy: PolicyName): PipelineDescription;
  /** The pipeline of a decorated method, as plain JSON. */
  describe<T extends object>(type: Type<T>, method: keyof T & (string | symbol)): PipelineDescription;
  describe(target: string | Type<object>, method?: string | symbol): PipelineDescription {
    if (typeof target !== 'string') return describeMethod(this.methods, target, method);
    if (this.runtime.isPassThrough) return describePipeline(withoutStrategies(target, this.runtime.deps));
    return describePolicy(this.runtime, target);
  }

  /**
   * Begins to close as `app.close()` does: pauses between attempts end, and no retry begins. Call it where Nest closes
   * something before it tells this module: the transport of a pure microservice, or a pool that another module's
   * `onModuleDestroy` ends.
   *
   * @returns resolves when what was running has ended, replies of message handlers included, or `shutdown.grace` is over
   *
   * @example
   * ```ts
   * process.once('SIGTERM', async () => {
   *   await app.get(ResilienceService).drain();
   *   await app.close();
   * });
   * ```
   */
  drain(): Promise<void> {
    return this.beginToClose();
  }

  /** Where everything runs bare: a pipeline without strategies; of an inline policy the names of options are checked. */
  private bare(policy: unknown): Pipeline | undefined {
    if (!this.runtime.isPassThrough) return undefined;
    const problems = newProblems(true);
    if (typeof policy !== 'string') checkPolicy(policy, 'execute', problems);
    problems.throwIfAny();
    return (this.barePipeline ??= new Pipeline(withoutStrategies('execute', this.runtime.deps)));
  }
}
