import { mergeLayers } from '../../policy/layers.js';
import { parseServerDelay } from '../../policy/server-delay.js';
import { shareBudget } from '../retry/retry.definition.js';
import { retryRules } from '../retry/retry.options.js';
import type { ResolvedRetry } from '../retry/retry.options.js';
import { defineStrategy } from '../strategy-definition.js';
import { Hedge } from './hedge.js';
import { hedgeRules } from './hedge.options.js';
import type { HedgeOptions } from './hedge.options.js';
import { Latencies } from './latencies.js';
import type { LatencyConfig } from './latencies.js';

/** Starts attempts beside one that takes long. */
export const hedgeStrategy = defineStrategy<HedgeOptions, Hedge>()({
  place: 'engine',
  title: () => 'hedge',
  rules: hedgeRules,
  required: () => ['delay'],
  isNamed: true,
  make(options, context) {
    const { deps, classify } = context;
    const previous = context.previous.hedge as Hedge | undefined;
    const latencies = context.shareKeyed<Latencies, LatencyConfig>({
      kind: 'latencies',
      options,
      previous: previous?.latencies,
      configOf: (label) => ({ label, options, deps }),
      create: (config) => new Latencies(config),
    });
    // where the method retries too, that budget is drawn from
    const retry = (context.optionsOf('retry') as ResolvedRetry | undefined) ?? mergeLayers(retryRules, []);
    const budget = shareBudget(context, options.name, retry.budget, previous?.budget);
    const repeats = (error: unknown) =>
      // a server that says when to come back is not asked again before that
      classify(error) !== 'permanent' && parseServerDelay(error, deps.clock.wallNow()) === undefined;
    return latencies && new Hedge(context.label(options.name), options, { budget, repeats, latencies });
  },
});
