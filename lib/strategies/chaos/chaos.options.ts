import type { InputOf, ResolvedOf } from '../../policy/rule.js';
import { faultsRule } from './check-faults.js';

export const chaosRules = {
  /**
   * Faults that meet attempts once `chaos({ enabled: true })` is given to `forRoot()`: `{ kind: 'error' | 'latency' | 'result' |
   * 'hang', rate }`. Each attempt asks them in this order; the first that draws it wins.
   */
  faults: faultsRule,
};

/** Options of `@Chaos()`, and `chaos` in a policy. @public */
export interface ChaosOptions extends InputOf<typeof chaosRules> {}

/** Chaos options with all layers merged. */
export type ResolvedChaos = ResolvedOf<typeof chaosRules>;
