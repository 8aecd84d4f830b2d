import { createSecureContext } from 'node:tls';
import type { SecureContextOptions } from 'node:tls';
import { checkLayer } from '../../../policy/layers.js';
import type { Problems } from '../../../policy/problems.js';
import { parsed } from '../../../policy/rule.js';
import type { InputOf, Layer, ResolvedOf, Rule } from '../../../policy/rule.js';
import { flag, text } from '../../../policy/rules.js';

/** A certificate or key as PEM: text, bytes, or several of them. @public */
export type Pem = string | Uint8Array | readonly (string | Uint8Array)[];

const isPem = (value: unknown): boolean =>
  (typeof value === 'string' && value.length > 0) || value instanceof Uint8Array;

// a key is a secret, and a certificate too long for a message
const pem = parsed<Pem, Pem | undefined>(
  'PEM as text or bytes, or an array of them',
  undefined,
  (value) => {
    const isList = Array.isArray(value) && value.length > 0 && value.every(isPem);
    return isList || isPem(value) ? (value as Pem) : undefined;
  },
  (value) => typeof value,
);

const secret = parsed<string, string | undefined>(
  'a text that is not empty',
  undefined,
  (value) => (typeof value === 'string' && value.length > 0 ? value : undefined),
  (value) => typeof value,
);

export const tlsRules = {
  /** Certificates that are trusted in place of those that Node brings. */
  ca: pem,
  /** The client's own certificate (mTLS), with its chain. */
  cert: pem,
  /** The private key of `cert`. */
  key: pem,
  /** Decrypts `key`. */
  passphrase: secret,
  /** The name that the server's certificate is checked against, and that is sent as SNI. Default: the host of the URL. */
  servername: text(),
  /** False trusts every certificate: for tests only. Default true. */
  rejectUnauthorized: flag({ fallback: true }),
};

/** Options of TLS with the upstream. @public */
export interface TlsOptions extends InputOf<typeof tlsRules> {}

export type ResolvedTls = ResolvedOf<typeof tlsRules>;

/** The options of TLS as one option. Certificates are read at once: a broken one is an error at start-up. */
export function tlsGroup(rules: typeof tlsRules): Rule<TlsOptions, Layer<typeof tlsRules> | undefined> {
  return {
    expected: `an object with ${Object.keys(rules).join(', ')}`,
    fallback: undefined,
    check(value, path, problems) {
      const before = problems.list.length;
      const layer = checkLayer(rules, value, path, problems);
      if (problems.list.length === before) checkIdentity(layer, path, problems);
      return layer;
    },
  };
}

function checkIdentity(layer: Layer<typeof tlsRules>, path: string, problems: Problems): void {
  const { ca, cert, key, passphrase } = layer;
  if ((cert === undefined) !== (key === undefined)) {
    const [lone, missing] = cert === undefined ? ['key', 'cert'] : ['cert', 'key'];
    problems.add(`${path}.${missing}`, `the ${missing} that belongs to ${lone}`, undefined);
    return;
  }
  try {
    createSecureContext({ ca, cert, key, passphrase } as SecureContextOptions);
  } catch (error) {
    const got = error instanceof Error ? error.message : 'others';
    problems.add(path, 'certificates and a key that can be read and belong together', got);
  }
}
