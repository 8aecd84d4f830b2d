import { createHook } from 'node:async_hooks';

const TYPES = new Set(['Timeout', 'Immediate']);

/**
 * Counts timers and immediates, also those that do not hold the process open.
 *
 * @returns how many were made while `work` ran, and how many of these are alive after it
 */
export async function countTimers(work) {
  let made = 0;
  let isCounting = true;
  const alive = new Set();
  const hook = createHook({
    init(id, type) {
      if (!isCounting || !TYPES.has(type)) return;
      made++;
      alive.add(id);
    },
    destroy: (id) => void alive.delete(id),
  }).enable();
  await work();
  isCounting = false;
  // the end of a timer is told in a later turn
  await new Promise((resolve) => setImmediate(resolve));
  hook.disable();
  return { made, alive: alive.size };
}
