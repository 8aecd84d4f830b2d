import { systemClock } from '../../../lib/clock/system-clock.js';

const timers = new Set<unknown>();
const { setTimeout, clearTimeout } = systemClock;

systemClock.setTimeout = (fn, ms) => {
  const timer = setTimeout(() => {
    timers.delete(timer);
    fn();
  }, ms);
  timers.add(timer);
  return timer;
};
systemClock.clearTimeout = (handle) => {
  timers.delete(handle);
  clearTimeout(handle);
};

/** How many timers are set on the real clock, which an application has that names none. */
export const pendingTimers = (): number => timers.size;
