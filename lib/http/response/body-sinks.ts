import { Readable } from 'node:stream';
import { BodyDecoder } from './content-decoder.js';

/** The control that a sink has over the connection that feeds it. */
export interface BodySource {
  pause(): void;
  resume(): void;
  abort(reason: Error): void;
}

/** Where a body goes while it arrives. */
export interface BodySink {
  /** True if what it does with a body is to run in the async context of the call. */
  readonly needsContext: boolean;
  data(chunk: Buffer): void;
  /** @param trailers - fields that came behind the body (RFC 9110 §6.5) */
  end(trailers?: object): void;
  error(error: Error): void;
}

const EMPTY_BODY = Buffer.alloc(0);

/** Collects a body up to a limit, then stops the connection. */
export class BytesSink implements BodySink {
  readonly needsContext = false;
  private readonly chunks: Buffer[] = [];
  private size = 0;
  private isOver = false;

  constructor(
    private readonly limit: number,
    private readonly done: (body: Buffer, isCut: boolean, broken?: Error) => void,
    readonly error: (error: Error) => void,
    private readonly stop: () => void,
  ) {}

  data(chunk: Buffer): void {
    if (this.isOver) return;
    const room = this.limit - this.size;
    this.chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
    this.size += chunk.length;
    if (chunk.length <= room) return;
    this.finish(true);
    this.stop();
  }

  end(): void {
    if (!this.isOver) this.finish(false);
  }

  /** Ends the body early: only the bytes that have come so far can be used. */
  giveUp(reason: Error): void {
    if (!this.isOver) this.finish(false, reason);
  }

  private finish(isCut: boolean, broken?: Error): void {
    this.isOver = true;
    const { chunks } = this;
    const body = chunks.length === 1 ? chunks[0] : chunks.length === 0 ? EMPTY_BODY : Buffer.concat(chunks);
    this.done(body, isCut, broken);
  }
}

/** Decodes on the way into another sink. */
export class DecodingSink implements BodySink {
  readonly needsContext = true;
  private readonly decoder: BodyDecoder;

  constructor(
    encodings: readonly string[],
    target: BodySink,
    private readonly source: BodySource,
    private readonly asInvalid: (cause: Error) => Error,
  ) {
    this.decoder = new BodyDecoder(encodings, {
      data: (chunk) => target.data(chunk),
      end: () => target.end(),
      error: (cause) => {
        const error = this.asInvalid(cause);
        target.error(error);
        source.abort(error);
      },
    });
    this.error = (error) => {
      this.decoder.destroy();
      target.error(error);
    };
  }

  readonly error: (error: Error) => void;

  data(chunk: Buffer): void {
    if (!this.decoder.write(chunk, () => this.source.resume())) this.source.pause();
  }

  end(): void {
    this.decoder.end();
  }

  pause(): void {
    this.decoder.pause();
  }

  resume(): void {
    this.decoder.resume();
  }

  stop(): void {
    this.decoder.destroy();
  }
}

/** Hands a body on as a Node stream that slows its source down and lets go of it. */
export class StreamSink extends Readable implements BodySink {
  readonly needsContext = true;
  private feeder: Pick<BodySource, 'pause' | 'resume'>;
  private isComplete = false;
  /** The fields that came behind the body; set before the stream ends. */
  trailers: object = {};

  constructor(private readonly source: BodySource) {
    super();
    this.feeder = source;
    // the error must not end the process of a caller that leaves the stream alone; a reader still receives it
    this.on('error', () => undefined);
  }

  /** Puts a decoder in between, which is slowed down instead of the connection. */
  feedFrom(feeder: Pick<BodySource, 'pause' | 'resume'>): void {
    this.feeder = feeder;
  }

  data(chunk: Buffer): void {
    if (!this.destroyed && !this.push(chunk)) this.feeder.pause();
  }

  end(trailers: object = {}): void {
    this.isComplete = true;
    this.trailers = trailers;
    this.push(null);
  }

  error(error: Error): void {
    this.isComplete = true;
    this.destroy(error);
  }

  override _read(): void {
    this.feeder.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.isComplete) this.source.abort(error ?? new Error('The body was not wanted any more'));
    done(error);
  }
}
