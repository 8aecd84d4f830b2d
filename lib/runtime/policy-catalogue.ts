import { isOptionsObject } from '../policy/layers.js';
import { suggest } from '../policy/problems.js';
import type { Problems } from '../policy/problems.js';
import { checkPolicy } from '../strategies/policy.options.js';
import type { PolicyLayer } from '../strategies/policy.options.js';

/** The defaults and the named policies of an application, checked once. */
export class PolicyCatalogue {
  readonly defaults: PolicyLayer;
  private readonly named = new Map<string, PolicyLayer>();

  constructor(options: { defaults?: unknown; policies?: unknown }, problems: Problems) {
    const { defaults, policies = {} } = options;
    this.defaults = defaults === undefined ? {} : checkPolicy(defaults, 'defaults', problems);
    if (!isOptionsObject(policies)) {
      problems.add('policies', 'an object with a policy per name', policies);
      return;
    }
    for (const [name, policy] of Object.entries(policies)) {
      this.named.set(name, policy === undefined ? {} : checkPolicy(policy, `policies.${name}`, problems));
    }
  }

  /** The layers for a policy, weakest first; an unknown name is told to `problems`. */
  layersOf(policy: string | undefined, path: string, problems: Problems): PolicyLayer[] {
    if (policy === undefined) return [this.defaults];
    const layer = this.named.get(policy);
    if (!layer)
      problems.add(path, `a policy that exists (${suggest(policy, [...this.named.keys()])})`, policy);
    return [this.defaults, layer ?? {}];
  }
}
