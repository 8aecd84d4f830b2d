import { defineStrategy } from '../strategy-definition.js';
import { Bulkhead } from './bulkhead.js';
import type { BulkheadConfig } from './bulkhead-config.js';
import type { BulkheadFamily } from './bulkhead-registry.js';
import { bulkheadRules } from './bulkhead.options.js';
import type { BulkheadOptions } from './bulkhead.options.js';

/** Limits how many attempts run at the same time. */
export const bulkheadStrategy = defineStrategy<BulkheadOptions, BulkheadFamily>()({
  place: 'guard',
  title: () => 'bulkhead',
  rules: bulkheadRules,
  // an adaptive bulkhead finds its limit by itself
  required: ({ adaptive }) => (adaptive === false ? ['maxConcurrent'] : []),
  isNamed: true,
  sharedAs: 'a bulkhead',
  make(options, context) {
    const { deps } = context;
    return context.shareKeyed<Bulkhead, BulkheadConfig>({
      kind: 'bulkhead',
      options,
      previous: context.previous.bulkhead as BulkheadFamily | undefined,
      configOf: (label) => ({ label, options, deps }),
      create: (config, key) => new Bulkhead(config, key),
      registry: deps.bulkheads,
    });
  },
});
