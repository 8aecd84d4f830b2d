import type { Readable } from 'node:stream';

/** Streams whose reader is gone still hold a connection: the collection of a body as garbage ends its stream. */
const unread = new FinalizationRegistry<Readable>((stream) => stream.destroy());

/**
 * Makes the body of a `Response` from a Node stream. It is read only as far as its reader asks, and nothing that the stream
 * holds holds the body: a body that the application drops is collected, and its connection let go of.
 *
 * @param reasonOf - makes the error that the reader receives of the stream's own
 */
export function webBody(stream: Readable, reasonOf: (error: unknown) => unknown): ReadableStream<Uint8Array> {
  // a stream of `Readable.toWeb` goes on with buffered data after a cancellation, and throws where no caller can catch it
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, undefined>;
  const body = new ReadableStream({
    type: 'bytes',
    start(controller) {
      const known = new WeakRef(controller);
      stream.once('error', (error) => failOf(known.deref(), reasonOf(error)));
    },
    async pull(controller) {
      const { value } = await nextOf(chunks, reasonOf);
      // an enqueued chunk is taken away from its owner, and a chunk of Node's may share its memory with others
      if (value) return controller.enqueue(new Uint8Array(value));
      controller.close();
      controller.byobRequest?.respond(0);
    },
    cancel: () => void stream.destroy(),
  });
  unread.register(body, stream);
  return body;
}

async function nextOf(
  chunks: AsyncIterator<Uint8Array, undefined>,
  reasonOf: (error: unknown) => unknown,
): Promise<IteratorResult<Uint8Array, undefined>> {
  try {
    const next = await chunks.next();
    // a byte stream takes no empty chunks
    return next.value?.length === 0 ? await nextOf(chunks, reasonOf) : next;
  } catch (error) {
    throw reasonOf(error);
  }
}

function failOf(controller: ReadableByteStreamController | undefined, reason: unknown): void {
  try {
    controller?.error(reason);
  } catch {
    // it has been closed or cancelled before
  }
}
