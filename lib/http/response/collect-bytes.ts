import type { BrokenAnswer } from '../../exceptions/upstream.exceptions.js';
import { causeChain, read } from '../../policy/error-chain.js';
import { brokenAnswer } from '../client/call/exchange-failure.js';
import { notEncodedAsSaid } from '../client/answer/response.js';
import type { TransportRequest, TransportResponse } from '../transport.js';

/** The body of an answer, cut if there was more. */
export type CollectedBytes = Pick<TransportResponse, 'body' | 'isCut' | 'broken'>;

const EMPTY_BODY = Buffer.alloc(0);

/**
 * For a client that decodes bodies by itself: a response whose body has broken off, or is not encoded as it says.
 *
 * @param brokeOff - the status of the response, and the bytes that came, where they are known
 */
export function brokenBody(
  request: TransportRequest,
  cause: unknown,
  brokeOff: BrokenAnswer,
): CollectedBytes {
  const isOfDecoder = causeChain(cause).some((link) =>
    /^(?:Z_|ERR__ERROR_)/.test(String(read(link, 'code'))),
  );
  const broken = isOfDecoder ? notEncodedAsSaid(request, cause) : brokenAnswer(request, cause, brokeOff);
  return { body: EMPTY_BODY, broken: broken as Error };
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
    return brokenBody(request, error, { status, bytes: size });
  }
  return { body: Buffer.concat(kept) };
}
