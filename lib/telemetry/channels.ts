import { channel, tracingChannel } from 'node:diagnostics_channel';
import type { TracingChannel } from 'node:diagnostics_channel';
import type { CallObserver, ObservedAttempt, ObservedCall } from './exporter.js';

const callChannel = tracingChannel<unknown, ObservedCall>('breakwater.call');
const attemptChannel = tracingChannel<unknown, ObservedAttempt>('breakwater.attempt');

/** The channel on which circuits tell of their transitions. */
export const transitionChannel = channel('breakwater.circuit.transition');

/** True if code of the process listens to calls or attempts; asked once per call, without making anything. */
export function hasCallSubscribers(): boolean {
  return isSubscribed(callChannel) || isSubscribed(attemptChannel);
}

/** Node 20.19 knows `hasSubscribers` of a whole tracing channel too, but runs through a list of names for it. */
function isSubscribed<M extends object>({
  start,
  end,
  asyncStart,
  asyncEnd,
  error,
}: TracingChannel<unknown, M>): boolean {
  return (
    start.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    error.hasSubscribers
  );
}

/**
 * Publishes calls and attempts in the order of `tracePromise`: start, end, then error, asyncStart and asyncEnd. A store that is bound
 * to `start` is the async context of what runs.
 */
export const channelObserver: CallObserver = {
  runCall: (call, run) => traced(callChannel, call, run),
  callEnded: (call) => publishEnd(callChannel, call),
  runAttempt: (attempt, run) => traced(attemptChannel, attempt, run),
  attemptEnded: (attempt) => publishEnd(attemptChannel, attempt),
};

function traced<M extends object, T>(
  { start, end }: TracingChannel<unknown, M>,
  message: M,
  run: () => T,
): T {
  return start.runStores(message, () => {
    const result = run();
    end.publish(message);
    return result;
  });
}

function publishEnd<M extends object>(
  { error, asyncStart, asyncEnd }: TracingChannel<unknown, M>,
  message: M,
): void {
  if ('error' in message) error.publish(message);
  asyncStart.publish(message);
  asyncEnd.publish(message);
}
