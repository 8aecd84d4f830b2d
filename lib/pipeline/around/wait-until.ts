import { ShutdownException } from '../../exceptions/rejection.exceptions.js';
import { listenToAbort } from '../abort/caller-signal.js';
import type { Interruption } from '../outcome.js';
import type { PipelineDeps } from '../pipeline-deps.js';

/** A call that waits for something which does not end with it. */
export interface WaitingCall {
  readonly signal?: AbortSignal | undefined;
  readonly startedAt: number;
  /** Milliseconds from its start, Infinity for no limit. */
  readonly totalLimit: number;
  readonly deps: Pick<PipelineDeps, 'deadlines' | 'shutdown'>;
  timedOut(): Error;
}

/**
 * Waits for something no longer than the call may take: its total timeout and the caller's abort end the wait, and, for what does
 * not end with the application, the end of that. Everything is let go of with the wait.
 *
 * @param hearsShutdown - true for work that does not end with the application
 * @param onLeave - called if the wait ends before the work does, in the async context of the call
 */
export function waitUntil<T>(
  call: WaitingCall,
  work: Promise<T>,
  hearsShutdown: boolean,
  onLeave: (interruption: Interruption) => void,
): Promise<T> {
  const end = listen(call, hearsShutdown);
  return new Promise<T>((resolve, reject) => {
    let isOver = false;
    const ends = () => {
      const isFirst = !isOver;
      isOver = true;
      end.release();
      return isFirst;
    };
    // reactions of promises that were made in the call: whatever ends the wait, they run in its context
    void end.come.then((interruption) => {
      if (!ends()) return;
      onLeave(interruption);
      reject(interruption.error);
    });
    work.then(
      (value) => ends() && resolve(value),
      (error: unknown) => ends() && reject(error as Error),
    );
  });
}

/** Listens to everything that makes a call leave. */
function listen(
  call: WaitingCall,
  hearsShutdown: boolean,
): { readonly come: Promise<Interruption>; readonly release: () => void } {
  const { signal, startedAt, totalLimit, deps } = call;
  const { deadlines, shutdown } = deps;
  let release = (): void => undefined;
  const come = new Promise<Interruption>((resolve) => {
    const leave = (by: Interruption['by'], error: unknown) => resolve({ by, error });
    const leaveForShutdown = () => leave('shutdown', new ShutdownException());
    if (signal?.aborted) return leave('caller', signal.reason);
    const unlisten = signal && listenToAbort(signal, () => leave('caller', signal.reason));
    const member = hearsShutdown ? shutdown.join(leaveForShutdown) : undefined;
    const onDeadline = () => leave('timeout', call.timedOut());
    const isLimited = totalLimit !== Infinity;
    const deadline = isLimited ? deadlines.of(totalLimit).add(onDeadline, startedAt) : undefined;
    release = () => {
      unlisten?.();
      if (member) shutdown.leaveMember(member);
      deadline?.cancelDeadline();
    };
    if (hearsShutdown && shutdown.isClosed) leaveForShutdown();
  });
  return { come, release: () => release() };
}
