import type { Duration } from '../../policy/duration.js';
import { defineStrategy } from '../strategy-definition.js';
import { timeoutRules } from './timeout.options.js';
import type { ResolvedTimeout, TimeoutOptions } from './timeout.options.js';

/** Limits the time of a whole call; the engine also keeps the limit of each attempt, which stands further in. */
export const timeoutStrategy = defineStrategy<Duration | TimeoutOptions, ResolvedTimeout>()({
  place: 'engine',
  title: ({ total }) => (total === undefined ? undefined : 'total timeout'),
  rules: timeoutRules,
  shorthand: 'attempt',
  isNamed: false,
  make: (options) => options,
});
