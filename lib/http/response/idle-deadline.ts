import type { Readable } from 'node:stream';
import { TimeoutException } from '../../exceptions/rejection.exceptions.js';
import { Deadline } from '../../pipeline/deadlines/deadline-queue.js';
import type { PipelineDeps } from '../../pipeline/pipeline-deps.js';
import type { TransportRequest } from '../transport.js';

/** The services of an application that end a body which stalls. */
export type IdleDeps = Pick<PipelineDeps, 'clock' | 'deadlines'>;

/**
 * Ends a streamed body that stalls. A chunk only notes the time: the deadline looks at it when it falls due, and begins
 * again from there. A body whose reader pauses does not stall.
 */
export class IdleDeadline extends Deadline {
  /** When the stream last received something, or began to ask for more. */
  private lastSign: number;
  /** The sign from which the deadline counts. */
  private countedFrom: number;

  private constructor(
    private readonly stream: Readable,
    private readonly limit: number,
    private readonly request: Pick<TransportRequest, 'method' | 'url'>,
    private readonly deps: IdleDeps,
  ) {
    super();
    this.lastSign = this.countedFrom = deps.clock.now();
  }

  /** Watches a stream until it is complete or closed. */
  static watch(
    stream: Readable,
    limit: number,
    request: Pick<TransportRequest, 'method' | 'url'>,
    deps: IdleDeps,
  ): void {
    if (hasAllOf(stream)) return;
    const deadline = new IdleDeadline(stream, limit, request, deps);
    deadline.listen();
    deadline.countFrom(deadline.lastSign);
  }

  onDeadline(): void {
    const { stream, deps, limit } = this;
    if (stream.destroyed) return undefined;
    const isPaused = stream.readableLength >= stream.readableHighWaterMark;
    const since = isPaused ? deps.clock.now() : this.lastSign;
    if (since > this.countedFrom) return this.countFrom(since);
    const name = `${this.request.method} ${this.request.url}`;
    stream.destroy(new TimeoutException({ scope: 'idle', timeout: limit, name }));
  }

  private countFrom(start: number): void {
    this.countedFrom = start;
    this.deps.deadlines.of(this.limit).insert(this, start);
  }

  /** Hears of every chunk and of every wish for more, whatever transport feeds the stream. */
  private listen(): void {
    const { stream, deps } = this;
    const push = stream.push.bind(stream);
    const read = stream._read.bind(stream);
    stream.push = (chunk: unknown, encoding) => {
      if (chunk === null) this.cancelDeadline();
      else this.lastSign = deps.clock.now();
      return push(chunk, encoding);
    };
    stream._read = (size) => {
      this.lastSign = deps.clock.now();
      read(size);
    };
    stream.once('close', () => this.cancelDeadline());
  }
}

/** True if the source has ended, though the reader may have more to read: Node shows it in no other way. */
function hasAllOf(stream: Readable): boolean {
  return (stream as { _readableState?: { ended?: boolean } })._readableState?.ended === true;
}
