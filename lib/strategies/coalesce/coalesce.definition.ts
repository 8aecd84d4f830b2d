import { shareSpace } from '../cache/share-space.js';
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
    const nothing = { limits: { maxEntries: 0 }, store: undefined, keeps: false };
    const space = shareSpace('coalesce', options, context, nothing);
    return space && new Coalesce(space, options, context.deps.caches.defaults.partition);
  },
});
