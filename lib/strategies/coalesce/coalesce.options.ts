import type { InputOf, ResolvedOf } from '../../policy/rule.js';
import { callback, text } from '../../policy/rules.js';
import type { CacheKey } from '../call-key.js';

export const coalesceRules = {
  /**
   * Which calls share a run: those of the same key; called with the arguments of the method. Default: the arguments, if all are texts, numbers, bigints,
   * booleans, null or undefined.
   */
  key: callback<(...args: never[]) => CacheKey>(),
  /** Name for `ResilienceCache`; it may stand in one place only. Default: `Class.method`, or the name given to `execute`. */
  name: text(),
};

/** Options of `@Coalesce()`: concurrent calls of one key share one run. @public */
export interface CoalesceOptions extends InputOf<typeof coalesceRules> {}

/** Coalescing options with all layers merged. */
export type ResolvedCoalesce = ResolvedOf<typeof coalesceRules>;
