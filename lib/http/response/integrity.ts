import { createHash } from 'node:crypto';

/** A digest that a caller of `fetch` demands, such as `sha256-…` (Subresource Integrity, W3C). */
const DIGEST = /^(sha256|sha384|sha512)-([a-z\d+/_-]+)={0,2}(?:\?.*)?$/i;

/** True if the bytes have one of the strongest digests demanded, or if none is demanded in a known form. */
export function hasIntegrity(bytes: Uint8Array, metadata: string): boolean {
  const demanded = metadata
    .split(/\s+/)
    .map((item) => DIGEST.exec(item))
    .filter((match) => match !== null)
    .map(([, algorithm = '', digest = '']) => ({ algorithm: algorithm.toLowerCase(), digest }));
  const strongest = demanded
    .map(({ algorithm }) => algorithm)
    .sort()
    .at(-1);
  if (strongest === undefined) return true;
  const actual = createHash(strongest).update(bytes).digest('base64url');
  return demanded.some(({ algorithm, digest }) => algorithm === strongest && base64url(digest) === actual);
}

function base64url(digest: string): string {
  return digest.replaceAll('+', '-').replaceAll('/', '_');
}
