import type { StrategyContext } from '../strategy-definition.js';
import { CacheSpace } from './cache-space.js';
import type { SpaceConfig } from './cache-space.js';

/** The options of a strategy that keeps answers or shares runs. */
interface SpaceOptions {
  readonly name?: string | undefined;
  readonly key?: unknown;
}

/** The members of its configuration in which one such strategy differs from another. */
type Differences = Pick<SpaceConfig, 'limits' | 'store' | 'keeps'>;

/**
 * Obtains the answers and runs of a method, a function or a client for a strategy; undefined if its name is taken.
 *
 * @param kind - the name of the strategy
 */
export function shareSpace(
  kind: 'cache' | 'coalesce',
  { name: written, key }: SpaceOptions,
  context: StrategyContext,
  differences: Differences,
): CacheSpace | undefined {
  const { deps, previous } = context;
  const { caches } = deps;
  const configOf = (name: string): SpaceConfig => ({
    ...differences,
    label: { ...context.label(undefined), name },
    // a key of the user's own is what the user writes
    keyWritten: context.keyWritten && key ? (own) => own : context.keyWritten,
    isKeyedByArguments: key === undefined,
  });
  return context.share<CacheSpace>({
    kind,
    isOwn: true,
    written,
    options: {},
    make: (name) => new CacheSpace(configOf(name), { ...deps, healthOf: caches.healthOf }),
    previous: (previous[kind] as { readonly space: CacheSpace } | undefined)?.space,
    reconfigure: (known) => known.reconfigure(configOf(known.name)),
    onAdded: (added) => caches.add(added),
    onRemoved: (removed) => caches.remove(removed),
  });
}
