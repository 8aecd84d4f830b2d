import type { TransportResponse } from './transport.js';

/** The body of an answer, cut if there was more. */
export type CollectedBytes = Pick<TransportResponse, 'body' | 'isCut'>;

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
