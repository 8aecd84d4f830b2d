import { isOptionsObject } from '../policy/layers.js';
import { ownValue } from '../policy/own-property.js';
import { suggest } from '../policy/problems.js';
import type { Problems } from '../policy/problems.js';
import { checkPolicy, isComplete, resolveStrategy, strategies } from '../strategies/policy.options.js';
import type { PolicyLayer, StrategyName } from '../strategies/policy.options.js';
import { checkRetriesEnd } from './strategy-factory.js';

/** The defaults and the named policies of an application, checked once; it never changes. */
export class PolicyCatalogue {
  private constructor(
    readonly defaults: PolicyLayer,
    private readonly named: ReadonlyMap<string, PolicyLayer>,
    /** True if a policy that is missing is taken for an empty one. */
    private readonly isLenient: boolean,
  ) {}

  /** Checks the module's `defaults` and `policies`; never throws. */
  static of(
    options: { defaults?: unknown; policies?: unknown; passThrough?: unknown },
    problems: Problems,
  ): PolicyCatalogue {
    const { defaults = {}, policies = {} } = options;
    const base = checkPolicy(defaults, 'defaults', problems);
    const named = new Map<string, PolicyLayer>();
    if (!isOptionsObject(policies)) problems.add('policies', 'an object with a policy per name', policies);
    for (const [name, policy = {}] of Object.entries(isOptionsObject(policies) ? policies : {})) {
      named.set(name, checkPolicy(policy, `policies.${name}`, problems));
    }
    return new PolicyCatalogue(base, named, options.passThrough === true);
  }

  /** True if there is a policy of this name. */
  has(policy: string): boolean {
    return this.named.has(policy);
  }

  /** The names of the policies that configure a strategy themselves. */
  configuring(strategy: StrategyName): string[] {
    return [...this.named].filter(([, layer]) => ownValue(layer, strategy)).map(([policy]) => policy);
  }

  /** The same with other options for one policy. */
  with(policy: string, options: unknown, problems: Problems): PolicyCatalogue {
    if (!this.named.has(policy) && !this.isLenient) {
      this.layersOf(policy, 'update', problems);
      return this;
    }
    const layer = checkPolicy(options, `policies.${policy}`, problems);
    return new PolicyCatalogue(this.defaults, new Map(this.named).set(policy, layer), this.isLenient);
  }

  /**
   * Reports policies that configure a strategy but leave out an option without a default; `isCompleted` says which ones
   * decorators complete.
   */
  checkComplete(problems: Problems, isCompleted: (policy: string, strategy: StrategyName) => boolean): void {
    for (const [policy, layer] of this.named) {
      for (const strategy of Object.keys(layer) as StrategyName[]) {
        const isStrategy = Object.hasOwn(strategies, strategy);
        const options = isStrategy && resolveStrategy(strategy, [this.defaults, layer]);
        if (!options || isCompleted(policy, strategy)) continue;
        isComplete(strategy, options, { path: `policies.${policy}.${strategy}` }, problems);
      }
      this.checkRetries(policy, layer, problems);
    }
  }

  private checkRetries(policy: string, layer: PolicyLayer, problems: Problems): void {
    const layers = [this.defaults, layer];
    const [retry, timeout] = [resolveStrategy('retry', layers), resolveStrategy('timeout', layers)];
    const inForce = {
      ...(retry && { retry: { options: retry } }),
      ...(timeout && { timeout: { options: timeout } }),
    };
    if (layer.retry !== undefined || layer.timeout !== undefined)
      checkRetriesEnd(inForce, `policies.${policy}.retry`, problems);
  }

  /** Lists the layers for a policy, weakest first; an unknown name is reported to `problems`. */
  layersOf(policy: string | undefined, path: string, problems: Problems): PolicyLayer[] {
    if (policy === undefined) return [this.defaults];
    const layer = this.named.get(policy);
    if (!layer && !this.isLenient)
      problems.add(path, `a policy that exists (${suggest(policy, [...this.named.keys()])})`, policy);
    return [this.defaults, layer ?? {}];
  }
}
