import { CacheSpace } from '../cache/cache-space.js';
import type { SpaceConfig } from '../cache/cache-space.js';
import { defineStrategy } from '../strategy-definition.js';
import { Coalesce } from './coalesce.js';
import { coalesceRules } from './coalesce.options.js';
import type { CoalesceOptions } from './coalesce.options.js';

/** Lets concurrent calls of one key share one run; nothing is kept. */
export const coalesceStrategy = defineStrategy<CoalesceOptions, Coalesce>()({
  place: 'call',
  title: () => 'coalescing',
  rules: coalesceRules,
  isNamed: true,
  sharedAs: 'coalescing',
  isSafePerRequest: ({ key }) => key !== undefined,
  make(options, context) {
    const { deps, previous } = context;
    const { caches } = deps;
    const configOf = (name: string): SpaceConfig => ({
      label: { ...context.label(undefined), name },
      limits: { maxEntries: 0 },
      store: undefined,
      keeps: false,
      // a key of the user's own is what the user writes
      keyWritten: context.keyWritten && options.key ? (written) => written : context.keyWritten,
      isKeyedByArguments: options.key === undefined,
    });
    const space = context.share<CacheSpace>({
      kind: 'coalesce',
      isOwn: true,
      written: options.name,
      options: {},
      make: (name) => new CacheSpace(configOf(name), { ...deps, healthOf: caches.healthOf }),
      previous: (previous.coalesce as Coalesce | undefined)?.space,
      reconfigure: (known) => known.reconfigure(configOf(known.name)),
      onAdded: (added) => caches.add(added),
      onRemoved: (removed) => caches.remove(removed),
    });
    return space && new Coalesce(space, options, caches.defaults.partition);
  },
});
