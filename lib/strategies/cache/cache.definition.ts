import { defineStrategy } from '../strategy-definition.js';
import { Cache } from './cache.js';
import { cacheRules, checkCache } from './cache.options.js';
import type { CacheOptions } from './cache.options.js';
import { shareSpace } from './share-space.js';

/** Answers calls with what earlier ones have returned, while that is fresh. */
export const cacheStrategy = defineStrategy<CacheOptions, Cache>()({
  place: 'call',
  title: () => 'cache',
  rules: cacheRules,
  required: (_options, { isJudged }) => (isJudged ? [] : ['ttl']),
  check: checkCache,
  isNamed: true,
  sharedAs: 'a cache',
  isSafePerRequest: ({ key }) => key !== undefined,
  make(options, context) {
    const { deps, classify } = context;
    const { store: common, partition } = deps.caches.defaults;
    const store = options.store ?? common;
    const limits = { maxEntries: options.maxEntries };
    const space = shareSpace('cache', options, context, { limits, store, keeps: true });
    if (!space) return undefined;
    if (store && space.name.includes('#'))
      context.report('name', 'a name, as another class of this name has answers in the store', undefined);
    const coalesces = options.coalesce && context.optionsOf('coalesce') === undefined;
    return new Cache(space, options, coalesces, { ...deps, classify, partition });
  },
});
