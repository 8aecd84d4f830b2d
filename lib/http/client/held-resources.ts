import type { Readable } from 'node:stream';
import type { ShutdownSignal } from '../../pipeline/abort/shutdown-signal.js';
import type { RequestBody } from '../request-body.js';
import { discardBody } from './body-source.js';
import { destroyOnAbort, destroyOnShutdown } from './exchange-failure.js';

/** The streams of one call, which are let go of where the caller or the transport does not read them. */
export class HeldResources {
  private opened: Readable | undefined;
  private body: RequestBody;

  constructor(
    private readonly signal: AbortSignal | undefined,
    private readonly shutdown: ShutdownSignal,
  ) {}

  /** Holds the body of an answer, which the caller's abort and the end of the application destroy. */
  holdAnswer(stream: Readable): void {
    this.opened = stream;
    if (this.signal) destroyOnAbort(stream, this.signal);
    destroyOnShutdown(stream, this.shutdown);
  }

  /** Holds the body of a request in the place of the one before. */
  holdBody(body: RequestBody): void {
    discardBody(this.body);
    this.body = body;
  }

  /** Lets go of an answer that is not the last one. */
  discardAnswer(): void {
    this.opened?.destroy();
    this.opened = undefined;
  }

  /** Lets go of everything. */
  discard(): void {
    this.discardAnswer();
    discardBody(this.body);
  }
}
