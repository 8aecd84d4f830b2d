import type { Readable } from 'node:stream';
import { ShutdownException } from '../../../exceptions/rejection.exceptions.js';
import type { ShutdownSignal } from '../../../pipeline/abort/shutdown-signal.js';
import {
  InvalidRequestException,
  UpstreamConnectionException,
} from '../../../exceptions/upstream.exceptions.js';
import type { BrokenAnswer } from '../../../exceptions/upstream.exceptions.js';
import { listenToAbort } from '../../../pipeline/abort/caller-signal.js';
import { isResilienceException } from '../../../exceptions/resilience.exception.js';
import { Upload } from '../../request/upload.js';
import type { PreparedRequest } from '../../transport.js';

/** The timeouts of a stream have ended with its headers; the caller's signal goes on. */
export function destroyOnAbort(stream: Readable, signal: AbortSignal): void {
  const destroy = () => {
    const { reason } = signal as { reason: unknown };
    stream.destroy(reason instanceof Error ? reason : new Error('aborted', { cause: reason }));
  };
  if (signal.aborted) return destroy();
  const unlisten = listenToAbort(signal, destroy);
  stream.once('close', unlisten);
}

/** A streamed body may go on while the application drains, and ends with the grace. */
export function destroyOnShutdown(stream: Readable, shutdown: ShutdownSignal): void {
  const member = shutdown.join(() => stream.destroy(new ShutdownException()));
  stream.once('close', () => shutdown.leaveMember(member));
}

/** Makes the error of an answer that had begun; `bytes` is what came of its body, where that is known. */
export function brokenAnswer(
  { method, url }: Pick<PreparedRequest, 'method' | 'url'>,
  cause: unknown,
  brokeOff: BrokenAnswer,
): unknown {
  return isResilienceException(cause)
    ? cause
    : new UpstreamConnectionException({ method, url, cause, brokeOff });
}

/** Throws the error that a caller receives for an exchange without a response. */
export function failAs({ method, url, body }: PreparedRequest, cause: unknown): never {
  if (isResilienceException(cause)) throw cause;
  // other transports wrap the error of an upload in their own
  const { errored } = body instanceof Upload ? body : {};
  if (errored instanceof InvalidRequestException) throw errored;
  throw new UpstreamConnectionException({ method, url, cause });
}
