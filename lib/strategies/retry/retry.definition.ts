import { defineStrategy } from '../strategy-definition.js';
import type { StrategyContext } from '../strategy-definition.js';
import { jitterOf } from './backoff.js';
import { RetryBudget } from './retry-budget.js';
import { Retry } from './retry.js';
import { retryRules } from './retry.options.js';
import type { ResolvedRetry, RetryOptions } from './retry.options.js';

/** Repeats attempts that failed. */
export const retryStrategy = defineStrategy<RetryOptions, Retry>()({
  place: 'engine',
  title: () => 'retry',
  rules: retryRules,
  isNamed: true,
  make(options, context) {
    const previous = (context.previous.retry as Retry | undefined)?.budget;
    const budget = shareBudget(context, options.name, options.budget, previous);
    const { classify, deps } = context;
    return new Retry(context.label(options.name), options, { budget, classify, random: deps.random });
  },
  describe: (options) => ({
    ...options,
    // JSON has no Infinity
    maxRetries: options.maxRetries === Infinity ? 'Infinity' : options.maxRetries,
    jitter: jitterOf(options),
  }),
});

/** The retry budget of a name. */
export function shareBudget(
  context: StrategyContext,
  written: string | undefined,
  options: ResolvedRetry['budget'],
  previous: RetryBudget | undefined,
): RetryBudget | undefined {
  if (options === false) return undefined;
  const { clock, coarse, budgets } = context.deps;
  return context.share<RetryBudget>({
    kind: 'budget',
    written,
    options,
    make: (name) => new RetryBudget(options, clock, coarse, name),
    previous,
    reconfigure: (budget) => budget.reconfigure(options),
    onAdded: (budget) => budgets.add(budget),
    onRemoved: (budget) => budgets.remove(budget),
  });
}
