import { AsyncResource } from 'node:async_hooks';
import type CachePolicy from 'http-cache-semantics';
import { ResilienceConfigurationError } from '../../../../exceptions/resilience-configuration.error.js';

/** The class of http-cache-semantics that judges one answer. */
export type CachePolicyClass = typeof CachePolicy;

let loaded: CachePolicyClass | undefined;
let loading: Promise<void> | undefined;

/** The context in which the package is loaded: it outlives the request that needs it first. */
const root = new AsyncResource('BreakwaterCacheSemantics');

/**
 * Loads http-cache-semantics, once.
 *
 * @returns undefined if it has been loaded already
 */
export function loadCacheSemantics(): Promise<void> | undefined {
  if (loaded) return undefined;
  loading ??= root.runInAsyncScope(load);
  return loading;
}

/** The class of the package. {@link loadCacheSemantics} has to have ended. */
export function loadedCacheSemantics(): CachePolicyClass {
  if (!loaded) throw new Error('http-cache-semantics is used before it has been loaded');
  return loaded;
}

async function load(): Promise<void> {
  try {
    // a literal name, for bundlers; the CommonJS build has a require() in its place
    const found = (await import('http-cache-semantics')) as { default?: CachePolicyClass };
    loaded = found.default ?? (found as CachePolicyClass);
  } catch (cause) {
    const expected =
      'the package http-cache-semantics, which judges answers (npm install http-cache-semantics)';
    const got = cause instanceof Error ? cause.message : cause;
    const error = new ResilienceConfigurationError([{ path: "cache.respect: 'headers'", expected, got }]);
    error.cause = cause;
    throw error;
  } finally {
    loading = undefined;
  }
}
