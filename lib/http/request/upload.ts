import { AsyncResource } from 'node:async_hooks';
import { PassThrough, Readable } from 'node:stream';
import { InvalidRequestException } from '../../exceptions/upstream.exceptions.js';

/** Where an upload comes from, whatever its kind. */
interface Source {
  readonly next: () => Promise<{ readonly done?: boolean | undefined; readonly value?: unknown }>;
  /** Lets go of the source; it is not read any more. */
  readonly release: (reason: Error | undefined) => void;
}

/** A stream of Node, of the package `readable-stream`, or of before there were either. */
type NodeStream = NodeJS.ReadableStream & { destroy?(error?: Error): unknown };

const ignore = () => undefined;

/**
 * A request body that is read from a source while it is sent: a Node stream, a web stream or an async iterable. A source that
 * fails is told apart from a connection that fails: its error arrives as an `InvalidRequestException`. The source is read in the
 * async context of its call, and let go of with the body.
 */
export class Upload extends Readable {
  private readonly source: Source;
  private readonly scope = new AsyncResource('BreakwaterUpload');
  private isReading = false;

  constructor(content: object) {
    super();
    // a source may fail before its request is sent, and the error must not end the process
    this.on('error', ignore);
    this.source = sourceOf(content, (error) => this.fail(error));
  }

  override _read(): void {
    if (this.isReading) return;
    this.isReading = true;
    void this.scope.runInAsyncScope(() => this.pull());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.source.release(error ?? undefined);
    done(error);
  }

  private async pull(): Promise<void> {
    try {
      for (let wantsMore = true; wantsMore && !this.destroyed;) {
        const { done, value } = await this.source.next();
        wantsMore = this.push(done ? null : chunkOf(value));
      }
    } catch (error) {
      this.fail(error);
    } finally {
      this.isReading = false;
    }
  }

  private fail(cause: unknown): void {
    this.destroy(new InvalidRequestException({ reason: 'body: its source failed', cause, isPartial: true }));
  }
}

function chunkOf(value: unknown): string | Uint8Array {
  if (typeof value === 'string' || value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  throw new TypeError(`expected pieces of text or bytes, got ${value === null ? 'null' : typeof value}`);
}

/** True for a stream of Node, old ones included, such as the forms of the package `form-data`. */
export function isNodeStream(content: unknown): content is NodeStream {
  const { pipe, on } = content as Partial<NodeStream>;
  return typeof pipe === 'function' && typeof on === 'function';
}

function sourceOf(content: object, onError: (error: unknown) => void): Source {
  if (content instanceof ReadableStream) return fromWebStream(content as ReadableStream<unknown>);
  if (!isNodeStream(content)) return fromIterable(content as AsyncIterable<unknown>);
  content.on('error', onError);
  return Symbol.asyncIterator in content ? fromNodeStream(content) : fromOldStream(content);
}

function fromWebStream(stream: ReadableStream<unknown>): Source {
  const reader = stream.getReader();
  return {
    next: () => reader.read(),
    release: (reason) => void reader.cancel(reason).catch(ignore),
  };
}

function fromIterable(iterable: AsyncIterable<unknown>): Source {
  let iterator: AsyncIterator<unknown> | undefined;
  return {
    next: () => (iterator ??= iterable[Symbol.asyncIterator]()).next(),
    // a generator hears of it once its present step is over
    release: () => void iterator?.return?.()?.then(undefined, ignore),
  };
}

function fromNodeStream(stream: NodeStream): Source {
  const { next } = fromIterable(stream);
  return { next, release: () => void stream.destroy?.() };
}

/** Begins to read with the first piece that is asked for. */
function fromOldStream(stream: NodeStream): Source {
  const buffered = new PassThrough();
  let isPiped = false;
  stream.on('error', (error: Error) => buffered.destroy(error));
  buffered.on('error', ignore);
  const { next } = fromIterable(buffered);
  return {
    next: () => {
      if (!isPiped) stream.pipe(buffered);
      isPiped = true;
      return next();
    },
    release: () => {
      buffered.destroy();
      stream.destroy?.();
    },
  };
}
