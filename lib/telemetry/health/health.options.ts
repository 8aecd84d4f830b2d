import { Problems } from '../../policy/problems.js';
import { checkLayer, mergeLayers } from '../../policy/layers.js';
import { accepted } from '../../policy/rule.js';
import type { ResolvedOf } from '../../policy/rule.js';

/** The names of circuits in the options of a health report. */
function names() {
  const isList = (value: unknown) =>
    Array.isArray(value) && value.every((name) => typeof name === 'string' && name !== '');
  return accepted<readonly string[]>("a list of names of circuits, such as ['payments']", isList);
}

const healthRules = {
  only: names(),
  except: names(),
  failOn: names(),
  details: accepted<'names' | 'full' | false>(
    "'names', 'full' or false",
    (value) => value === 'names' || value === 'full' || value === false,
    'names',
  ),
};

/** Options of {@link ResilienceHealth.report} and of a health indicator. A name stands for all keys of a circuit. @public */
export interface HealthOptions {
  /** Looks at these circuits only. Default: all. */
  only?: readonly string[] | undefined;
  /** Leaves these circuits out. Default: none. */
  except?: readonly string[] | undefined;
  /** Circuits without which the application is of no use: open or forced open, they mean `down`. Default: none. */
  failOn?: readonly string[] | undefined;
  /**
   * `'names'` lists the circuits without their keys, `'full'` with them, `false` counts them only. Keys may be tenants or users.
   * Default `'names'`.
   */
  details?: 'names' | 'full' | false | undefined;
}

/** Options of a health report, checked. */
export type ResolvedHealth = ResolvedOf<typeof healthRules>;

/** @throws ResilienceConfigurationError with everything that is wrong */
export function checkHealthOptions(options: unknown): ResolvedHealth {
  const problems = new Problems();
  const layer = options === undefined ? {} : checkLayer(healthRules, options, 'options', problems);
  problems.throwIfAny();
  return mergeLayers(healthRules, [layer]);
}
