import { parseSpan } from '../../policy/duration.js';
import type { Duration } from '../../policy/duration.js';
import { parsed } from '../../policy/rule.js';
import type { InputOf, ResolvedOf, Rule } from '../../policy/rule.js';
import type { Problems } from '../../policy/problems.js';
import { accepted } from '../../policy/rule.js';
import { callback, flag, text, wholeNumber } from '../../policy/rules.js';
import type { CacheKey } from '../call-key.js';
import type { AnswerLifetime } from '../call-wrapper.js';
import type { StrategyUse } from '../strategy-definition.js';
import type { CacheStore } from './cache-store.js';

/** A time of any length: no timer keeps it. */
function span(): Rule<Duration, number | undefined> {
  return parsed("a duration, such as 250, '2s' or '60d'", undefined as number | undefined, (value) => {
    const time = parseSpan(value);
    return time !== undefined && Number.isFinite(time) ? time : undefined;
  });
}

const STORE_METHODS = ['get', 'set', 'delete'] as const;

/** The rule of a store, in the options of a cache and of the module. */
export const storeRule: Rule<CacheStore, CacheStore | undefined> = accepted(
  'cacheStore(cache), where cache has get, set, and delete or del',
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    STORE_METHODS.every((method) => typeof (value as Record<string, unknown>)[method] === 'function'),
);

export const cacheRules = {
  /** Time for which an answer is fresh: 250, `'2s'`, `'60d'`. Needed. `0` asks always, and keeps answers for `staleIfError`. */
  ttl: span(),
  /** Time after that in which it answers in place of a failure (RFC 5861 §4). Default: none. */
  staleIfError: span(),
  /** Time after its `ttl` in which it answers at once and is renewed behind (RFC 5861 §3). Default: none. */
  staleWhileRevalidate: span(),
  /**
   * The key of an answer; called with the arguments of the method. Default: the arguments, if all are texts, numbers, bigints, booleans, null or
   * undefined.
   */
  key: callback<(...args: never[]) => CacheKey>(),
  /** Most answers that are kept in memory; the least recently used one goes first. Default 1000. */
  maxEntries: wholeNumber({ fallback: 1000, min: 1 }),
  /** Name for `ResilienceCache` and in a store; it may stand in one place only. Default: `Class.method`, or the name given to `execute`. */
  name: text(),
  /** Where answers are kept: `cacheStore(cache)`. Default: that of the module's `cache.store`, else the memory of the process. */
  store: storeRule,
  /** Which values are kept; errors and `undefined` never are. Default: all. */
  cacheable: callback<(value: never) => boolean>(),
  /** True if concurrent calls of one key share one run. Default true. */
  coalesce: flag({ fallback: true }),
};

/** Options of `@Cache()`: answers are kept for a time. @public */
export interface CacheOptions extends InputOf<typeof cacheRules> {}

/** Cache options with all layers merged, in milliseconds. */
export type ResolvedCache = ResolvedOf<typeof cacheRules>;

/** Reports a cache that would keep nothing; where answers are judged, they say themselves how long they are kept. */
export function checkCache(
  options: ResolvedCache,
  path: string,
  problems: Problems,
  { isJudged = false }: StrategyUse,
): void {
  const { ttl, staleIfError = 0, staleWhileRevalidate = 0 } = options;
  if (!isJudged && ttl === 0 && staleIfError + staleWhileRevalidate === 0)
    problems.add(`${path}.ttl`, 'a duration above 0, or staleIfError or staleWhileRevalidate beside it', ttl);
}

/** The time for which every answer may be of use. */
export function lifetimeOf({
  ttl = 0,
  staleIfError = 0,
  staleWhileRevalidate = 0,
}: ResolvedCache): AnswerLifetime {
  return { fresh: ttl, useful: ttl + Math.max(staleIfError, staleWhileRevalidate) };
}
