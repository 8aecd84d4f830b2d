import { AsyncResource } from 'node:async_hooks';
import type * as undici from 'undici';
import { ResilienceConfigurationError } from '../../../exceptions/resilience-configuration.error.js';

/** The package undici, loaded. */
export type Undici = typeof undici;

let loaded: Undici | undefined;
let loading: Promise<void> | undefined;

/** The context in which undici is loaded: it outlives the request that needs it first. */
const root = new AsyncResource('BreakwaterUndici');

/**
 * Loads undici, once. Importing this library must not: undici takes time to load, and sets a global dispatcher where there is
 * none.
 *
 * @returns undefined if undici has been loaded already
 */
export function loadUndici(): Promise<void> | undefined {
  if (loaded) return undefined;
  loading ??= root.runInAsyncScope(load);
  return loading;
}

/** The package undici. {@link loadUndici} has to have ended. */
export function loadedUndici(): Undici {
  if (!loaded) throw new Error('undici is used before it has been loaded');
  return loaded;
}

async function load(): Promise<void> {
  // the built-in fetch takes whatever dispatcher it finds: Node sets its own with the first look at one of its classes
  void globalThis.Headers;
  try {
    // a literal name, for bundlers; the CommonJS build has a require() in its place
    loaded = await import('undici');
  } catch (cause) {
    throw loadError(cause);
  } finally {
    loading = undefined;
  }
}

function loadError(cause: unknown): ResilienceConfigurationError {
  const expected =
    'the package undici, which sends the requests (npm install undici, or give the client a `transport`)';
  const got = cause instanceof Error ? cause.message : cause;
  const error = new ResilienceConfigurationError([{ path: 'undici', expected, got }]);
  error.cause = cause;
  return error;
}
