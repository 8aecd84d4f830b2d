import { Readable } from 'node:stream';
import { Upload } from '../request/upload.js';
import { EncodedBody } from '../request-body.js';

/** A source that never ends may give all of it within one turn of the event loop. */
const MOST_KEPT = 16 * 1024 * 1024;

type Reader = ReadableStreamDefaultReader<unknown>;
type Read = ReturnType<Reader['read']>;

/**
 * The body of a `Request`, which shows a text, bytes and a stream alike. What is whole within a turn of the event loop was in
 * memory before: it has a length and can be sent again. Anything else is a stream, whose beginning has been read.
 */
export async function bodyOfRequest(
  body: ReadableStream,
  signal: AbortSignal | undefined,
): Promise<EncodedBody> {
  const reader = body.getReader() as Reader;
  const kept: Uint8Array[] = [];
  const endOfTurn = new Promise<undefined>((resolve) => void setImmediate(resolve, undefined));
  for (let size = 0; size <= MOST_KEPT;) {
    const reading = reader.read();
    const next = await Promise.race([reading.catch(() => undefined), endOfTurn]);
    if (next?.done) return new EncodedBody({ content: Buffer.concat(kept) });
    if (!next || !ArrayBuffer.isView(next.value)) return rest(reader, signal, kept, reading);
    kept.push(next.value as Uint8Array);
    size += next.value.byteLength;
  }
  return rest(reader, signal, kept);
}

/** A stream is sent once; it is cancelled with its call. */
export function bodyOfStream(body: ReadableStream, signal: AbortSignal | undefined): EncodedBody {
  return rest(body.getReader() as Reader, signal, []);
}

/** @param begun - a read whose chunk has not been kept */
function rest(
  reader: Reader,
  signal: AbortSignal | undefined,
  kept: Uint8Array[],
  begun?: Read,
): EncodedBody {
  let pending = begun;
  const content = new Readable({
    read() {
      const first = kept.shift();
      if (first) return void this.push(first);
      const reading = pending ?? reader.read();
      pending = undefined;
      reading.then(
        ({ done, value }) => this.push(done ? null : value),
        (error: Error) => this.destroy(error),
      );
    },
    destroy(error, done) {
      const reason: unknown = signal?.aborted ? signal.reason : (error ?? undefined);
      reader.cancel(reason).catch(() => undefined);
      done(error);
    },
  });
  // a call that is refused does not send its body: its error has no listener then
  content.on('error', () => undefined);
  return new EncodedBody({ content: new Upload(content), isOnce: true });
}
