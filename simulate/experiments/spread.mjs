import { advanceUntil, inWorld } from '../world.mjs';

/** Five hundred callers that never succeed: the waits that the library schedules before each of their retries. */
const CALLERS = 500;
export const RETRIES = 8;
export const MAX_DELAY = 10_000;
export const JITTERS = ['none', 'full', 'equal', 'decorrelated', 0.25];

export function spread(jitter) {
  return inWorld({ seed: 1 }, async ({ clock, service, events }) => {
    const waits = Array.from({ length: RETRIES }, () => []);
    events.on('retry.scheduled', ({ attempt, delay }) => void waits[attempt - 2].push(delay));
    const retry = { jitter, maxRetries: RETRIES, maxDelay: MAX_DELAY, budget: false };
    const down = () => Promise.reject(new Error('down'));
    let ended = 0;
    for (let caller = 0; caller < CALLERS; caller++)
      service.execute({ retry }, down).catch(() => void ended++);
    await advanceUntil(clock, () => ended === CALLERS, 60_000);
    return waits.map((delays) => quantiles(delays.sort((a, b) => a - b)));
  });
}

function quantiles(sorted) {
  const at = (share) => Math.round(sorted[Math.round(share * (sorted.length - 1))] * 10) / 10;
  const mean = sorted.reduce((sum, delay) => sum + delay, 0) / sorted.length;
  return { p5: at(0.05), p25: at(0.25), p50: at(0.5), p75: at(0.75), p95: at(0.95), mean: Math.round(mean) };
}
