import * as timers from 'node:timers';

/**
 * True for a function that a test has put in place of Node's: sinon, Jest and Vitest mark theirs with a `clock`,
 * `node:test` binds its own.
 */
function isStandIn(fn: { readonly name: string }): boolean {
  return 'clock' in fn || fn.name.startsWith('bound ');
}

/** The first function that is Node's; undefined if a test has faked all of them before this file was loaded. */
function pickOwn<F extends { readonly name: string }>(...candidates: F[]): F | undefined {
  return candidates.find((fn) => !isStandIn(fn));
}

const ownSetTimeout = pickOwn(globalThis.setTimeout, timers.setTimeout);
const ownClearTimeout = pickOwn(globalThis.clearTimeout, timers.clearTimeout);

/** Node's `setImmediate`, which waits for no fake clock. */
export const ownSetImmediate = pickOwn(timers.setImmediate, globalThis.setImmediate);

/**
 * True while `setTimeout` is Node's own. False while a test has fake timers: these may be advanced by any time at
 * once, and dropped or reset with all that was set on them.
 */
export function hasNodeTimers(): boolean {
  return setTimeout === ownSetTimeout;
}

/** Cancels a timer that was set while {@link hasNodeTimers} held, also while a test has fake timers. */
export function clearNodeTimer(handle: NodeJS.Timeout | undefined): void {
  (ownClearTimeout ?? clearTimeout)(handle);
}

/**
 * The longest delay of a timer, in milliseconds: about 24.8 days. Node rings at once, with a TimeoutOverflowWarning,
 * for anything longer, so a longer wait has to set its timer again.
 */
export const LONGEST_DELAY = 2 ** 31 - 1;

interface RefCounted {
  ref?: () => void;
  unref?: () => void;
}

/** Lets the process end although the timer is pending; clocks whose timers cannot do that are left alone. */
export function unrefTimer(handle: unknown): void {
  (handle as RefCounted | undefined)?.unref?.();
}

/** Holds the process open again: the opposite of {@link unrefTimer}. */
export function refTimer(handle: unknown): void {
  (handle as RefCounted | undefined)?.ref?.();
}
