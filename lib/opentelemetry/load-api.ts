import type * as api from '@opentelemetry/api';
import { missingPeer, requirePeer } from '../nest/optional-peers.js';

/** The package `@opentelemetry/api`. */
export type Api = typeof api;

const SUBPATH = 'nestjs-breakwater/opentelemetry';
const PEER = '@opentelemetry/api';

requirePeer(SUBPATH, PEER, (peer) => import.meta.resolve(peer));

let loaded: Api | undefined;

// a literal name, for bundlers; begun with the import of the subpath, so that it is there before the first application
const loading = import('@opentelemetry/api').then(
  (found) => (loaded = found),
  (cause: unknown) => {
    throw missingPeer(SUBPATH, PEER, cause);
  },
);
// told to the applications that export
loading.catch(() => undefined);

/**
 * Runs something with the API: at once, or as soon as it has been loaded. An SDK set up before the application has loaded it already.
 *
 * @param fail - called with an error that tells what to install
 */
export function withApi(run: (api: Api) => void, fail: (error: unknown) => void): void {
  if (loaded) run(loaded);
  else void loading.then(run).catch(fail);
}
