/**
 * The one port to time. Give your own to `ResilienceModule.forRoot({ clock })` in tests and simulations;
 * `ManualClock` of `nestjs-breakwater/testing` is one that is moved by hand.
 * @public
 */
export interface Clock {
  /** Monotonic time in milliseconds: it never jumps when the wall clock is set. */
  now(): number;
  /** Wall-clock time in epoch milliseconds; read only to interpret an HTTP-date. */
  wallNow(): number;
  /** Runs `fn` once after `ms` milliseconds; returns a handle for {@link Clock.clearTimeout}. */
  setTimeout(fn: () => void, ms: number): unknown;
  /** Cancels a timer; a handle whose timer has run is ignored. */
  clearTimeout(handle: unknown): void;
}
