import { AsyncResource } from 'node:async_hooks';
import type { Clock } from './clock.js';
import { systemClock } from './system-clock.js';
import { LONGEST_DELAY, hasNodeTimers, refTimer, unrefTimer } from './timers.js';

/** The async context in which this file was loaded: that of no call. */
const rootContext = new AsyncResource('BreakwaterSharedTimer');

/** Sums and differences of milliseconds are exact to so many. */
const ROUNDING = 1e-6;

/**
 * One timer that serves many calls. It rings in a root async context, never in that of the call that happened to arm
 * it: so it keeps no context alive, and what it runs must continue calls in contexts of their own.
 *
 * It never rings before the moment it was armed for. A moment beyond {@link LONGEST_DELAY} takes several timers.
 *
 * A test may drop or reset fake timers, and the shared timer with them, without a word. An owner therefore asks
 * {@link SharedTimer.isLost} whenever a call joins, and then arms the timer again for the earliest moment of all.
 */
export class SharedTimer {
  /** The moment it rings at, in monotonic milliseconds; Infinity while it is not armed. */
  ringsAt = Infinity;
  private handle: unknown;
  private holdsProcess = true;
  /** True if it was set while Node's own timers were in force. */
  private isOnNodeTimers = false;

  /**
   * @param ring - called once after each {@link SharedTimer.arm}
   * @param root - the async context it rings in
   */
  constructor(
    private readonly clock: Clock,
    private readonly ring: () => void,
    private readonly root = rootContext,
  ) {}

  /** True if the timers are Node's own or fake ones, and no other clock's. */
  private get isSystem(): boolean {
    return this.clock === systemClock;
  }

  /** True if the timer may not ring any more: only Node's own timers are certain to ring. */
  get isLost(): boolean {
    return !(this.isOnNodeTimers && hasNodeTimers());
  }

  /** Rings at `at`, in monotonic milliseconds; a moment given before is forgotten. */
  arm(at: number): void {
    // a timer of Node's stays: should the fake timers be taken off before it rings, the owner looks again then
    if (this.isSystem && this.isOnNodeTimers && !hasNodeTimers()) unrefTimer(this.handle);
    else this.clock.clearTimeout(this.handle);
    this.ringsAt = at;
    this.set(at - this.clock.now());
  }

  /** Never rings for the moment it was armed for. */
  cancel(): void {
    this.clock.clearTimeout(this.handle);
    this.handle = undefined;
    this.ringsAt = Infinity;
  }

  /** Tells that no call waits: Node's own timer stays for the next call, and any other one is cancelled. */
  rest(): void {
    if (this.isSystem && !this.isLost) this.unref();
    else this.cancel();
  }

  /** Holds the process open while armed, as it does at first. */
  ref(): void {
    if (this.holdsProcess) return;
    this.holdsProcess = true;
    refTimer(this.handle);
  }

  /** Lets the process end while armed. */
  unref(): void {
    if (!this.holdsProcess) return;
    this.holdsProcess = false;
    unrefTimer(this.handle);
  }

  private set(delay: number): void {
    const { clock } = this;
    const ms = Math.min(Math.max(0, delay), LONGEST_DELAY);
    this.isOnNodeTimers = hasNodeTimers();
    this.handle = this.root.runInAsyncScope(() => clock.setTimeout(this.onTimer, ms));
    if (!this.holdsProcess) unrefTimer(this.handle);
  }

  private readonly onTimer = (): void => {
    if (this.ringsAt === Infinity) return;
    this.clock.clearTimeout(this.handle);
    const left = this.ringsAt - this.clock.now();
    if (left > ROUNDING) {
      this.set(left);
      return;
    }
    this.ringsAt = Infinity;
    this.ring();
  };
}
