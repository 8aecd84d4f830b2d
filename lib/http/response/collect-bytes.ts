import { causeChain, read } from '../../policy/error-chain.js';
import { brokenAnswer } from '../client/exchange-failure.js';
import { notEncodedAsSaid } from '../client/response.js';
import type { TransportRequest, TransportResponse } from '../transport.js';

/** The body of an answer, cut if there was more. */
export type CollectedBytes = Pick<TransportResponse, 'body' | 'isCut' | 'broken'>;

const EMPTY_BODY = Buffer.alloc(0);

/**
 * For a client that decodes bodies by itself: an answer whose encoding is broken is one without its body.
 *
 * @param status - that of the answer, if it had begun
 */
export function withoutBody(
  request: TransportRequest,
  error: unknown,
  status?: number,
  bytes?: number,
): CollectedBytes {
  const isOfDecoder = causeChain(error).some((link) =>
    /^(?:Z_|ERR__ERROR_)/.test(String(read(link, 'code'))),
  );
  if (!isOfDecoder) throw status === undefined ? error : brokenAnswer(request, error, { status, bytes });
  return { body: EMPTY_BODY, broken: notEncodedAsSaid(request, error) };
}

/** Reads a body up to its limit, and lets go of the rest. */
export async function collect(
  chunks: AsyncIterable<Uint8Array>,
  request: TransportRequest,
  status: number,
): Promise<CollectedBytes> {
  const { maxResponseBytes: limit } = request;
  const kept: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of chunks) {
      kept.push(chunk.subarray(0, limit - size));
      size += chunk.length;
      if (size > limit) return { body: Buffer.concat(kept), isCut: true };
    }
  } catch (error) {
    return withoutBody(request, error, status, size);
  }
  return { body: Buffer.concat(kept) };
}
