import type { Readable } from 'node:stream';
import { DecodingSink, StreamSink } from './body-sinks.js';

/** Decodes a body that a transport has left as it was sent; ending either stream ends the other one. */
export function decodedStream(
  encoded: Readable,
  encodings: readonly string[],
  asInvalid: (cause: Error) => Error,
): Readable {
  const source = {
    pause: () => void encoded.pause(),
    resume: () => void encoded.resume(),
    abort: (reason: Error) => void encoded.destroy(reason),
  };
  const decoded = new StreamSink(source);
  const sink = new DecodingSink(encodings, decoded, source, asInvalid);
  decoded.feedFrom(sink);
  encoded.on('data', (chunk: Buffer) => sink.data(chunk));
  encoded.on('end', () => sink.end());
  encoded.on('error', (error) => sink.error(error));
  return decoded;
}
