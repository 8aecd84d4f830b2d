import { UpstreamConnectionException } from '../../exceptions/upstream.exceptions.js';
import { causeChain, read } from '../../policy/error-chain.js';
import { notEncodedAsSaid } from '../client/response.js';
import type { TransportRequest, TransportResponse } from '../transport.js';

/** The body of an answer, cut if there was more. */
export type CollectedBytes = Pick<TransportResponse, 'body' | 'isCut' | 'broken'>;

const EMPTY_BODY = Buffer.alloc(0);

/** For a client that decodes bodies by itself: a response whose body has broken off, or is not encoded as it says. */
export function brokenBody(request: TransportRequest, cause: unknown): CollectedBytes {
  const isOfDecoder = causeChain(cause).some((link) =>
    /^(?:Z_|ERR__ERROR_)/.test(String(read(link, 'code'))),
  );
  const { method, url } = request;
  const broken = isOfDecoder
    ? notEncodedAsSaid(request, cause)
    : new UpstreamConnectionException({ method, url, cause });
  return { body: EMPTY_BODY, broken };
}

/** Reads a body up to a limit, and lets go of the rest. */
export async function collect(chunks: AsyncIterable<Uint8Array>, limit: number): Promise<CollectedBytes> {
  const kept: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    kept.push(chunk.subarray(0, limit - size));
    size += chunk.length;
    if (size > limit) return { body: Buffer.concat(kept), isCut: true };
  }
  return { body: Buffer.concat(kept) };
}
