import { ResilienceConfigurationError } from '../exceptions/resilience-configuration.error.js';
import { THIS_COPY } from './package-copy.js';

/** The error for a subpath whose peer is not installed. */
export function missingPeer(subpath: string, peer: string, cause: unknown): ResilienceConfigurationError {
  const expected = `the package ${peer} (npm install ${peer})`;
  const got = cause instanceof Error ? cause.message : cause;
  const error = new ResilienceConfigurationError([{ path: subpath, expected, got }]);
  error.cause = cause;
  return error;
}

/** The file of the package that all subpaths share; in a bundle of an application, and for a test runner, it is another one. */
const OWN_FILE = /[\\/]dist[\\/](esm|cjs)[\\/]core\.js$/;

/**
 * Refuses the import of a subpath whose peer is not installed. In a bundle the peer is a part of the bundle, and nothing is asked.
 *
 * @param resolve - finds a package, as `import.meta.resolve()` does; the CommonJS build has `require.resolve()` in its place
 * @throws ResilienceConfigurationError that tells the command to install the peer
 */
export function requirePeer(subpath: string, peer: string, resolve: (peer: string) => unknown): void {
  if (!OWN_FILE.test(THIS_COPY.file)) return;
  try {
    resolve(peer);
  } catch (cause) {
    throw missingPeer(subpath, peer, cause);
  }
}
