import { defineStrategy } from '../strategy-definition.js';
import { Cache } from './cache.js';
import { CacheSpace } from './cache-space.js';
import type { SpaceConfig } from './cache-space.js';
import { cacheRules, checkCache } from './cache.options.js';
import type { CacheOptions } from './cache.options.js';

/** Answers calls with what earlier ones have returned, while that is fresh. */
export const cacheStrategy = defineStrategy<CacheOptions, Cache>()({
  place: 'call',
  title: () => 'cache',
  rules: cacheRules,
  required: () => ['ttl'],
  check: checkCache,
  isNamed: true,
  sharedAs: 'a cache',
  isSafePerRequest: ({ key }) => key !== undefined,
  make(options, context) {
    const { deps, classify, previous } = context;
    const { caches } = deps;
    const store = options.store ?? caches.defaults.store;
    const configOf = (name: string): SpaceConfig => ({
      label: { ...context.label(undefined), name },
      limits: { maxEntries: options.maxEntries },
      store,
      keeps: true,
      // a key of the user's own is what the user writes
      keyWritten: context.keyWritten && options.key ? (written) => written : context.keyWritten,
      isKeyedByArguments: options.key === undefined,
    });
    const space = context.share<CacheSpace>({
      kind: 'cache',
      isOwn: true,
      written: options.name,
      options: {},
      make: (name) => new CacheSpace(configOf(name), { ...deps, healthOf: caches.healthOf }),
      previous: (previous.cache as Cache | undefined)?.space,
      reconfigure: (known) => known.reconfigure(configOf(known.name)),
      onAdded: (added) => caches.add(added),
      onRemoved: (removed) => caches.remove(removed),
    });
    if (!space) return undefined;
    if (store && space.name.includes('#'))
      context.report('name', 'a name, as another class of this name has answers in the store', undefined);
    const coalesces = options.coalesce && context.optionsOf('coalesce') === undefined;
    const { partition } = caches.defaults;
    return new Cache(space, options, coalesces, { ...deps, classify, partition });
  },
});
