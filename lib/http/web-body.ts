import type { Readable } from 'node:stream';

/**
 * A Node stream as the body of a `Response`. What `Readable.toWeb` makes goes on with what is buffered after it was
 * cancelled, and throws where nobody can catch it.
 */
export function webBody(stream: Readable): ReadableStream<Uint8Array> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, undefined>;
  return new ReadableStream({
    async pull(controller) {
      const { value } = await chunks.next();
      if (value === undefined) controller.close();
      else controller.enqueue(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    },
    cancel: () => void stream.destroy(),
  });
}
