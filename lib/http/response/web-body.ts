import type { Readable } from 'node:stream';

/**
 * Makes the body of a `Response` from a Node stream. A stream of `Readable.toWeb` goes on with buffered data after a
 * cancellation, and then throws where no caller can catch it.
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
