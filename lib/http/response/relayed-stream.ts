import type { Readable } from 'node:stream';
import type { TransportAttempt, TransportRequest } from '../transport.js';
import { StreamSink } from './body-sinks.js';
import { brokenBody } from './collect-bytes.js';

/**
 * Hands on the streamed body of a transport that has errors of its own: an answer that breaks off is told as one, the caller's
 * abort with its reason. Ending either stream ends the other one.
 */
export function relayedStream(
  source: Readable,
  request: TransportRequest,
  { status, attempt }: { readonly status: number; readonly attempt: TransportAttempt },
): Readable {
  const relayed = new StreamSink({
    pause: () => void source.pause(),
    resume: () => void source.resume(),
    abort: (reason: Error) => void source.destroy(reason),
  });
  const { signal } = attempt;
  const fail = (cause: unknown) => {
    const isLeft = signal.aborted && signal.reason instanceof Error;
    const error = isLeft ? signal.reason : brokenBody(request, cause, { status }).broken;
    relayed.error(error as Error);
  };
  source.on('data', (chunk: Buffer) => relayed.data(chunk));
  source.on('end', () => relayed.end());
  source.on('error', fail);
  source.on('close', () => {
    if (!source.readableEnded && !source.errored) fail(new Error('the connection was closed'));
  });
  return relayed;
}
