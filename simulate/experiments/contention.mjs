import { normal } from '../random.mjs';
import { advanceUntil, inWorld } from '../world.mjs';

/**
 * The contention experiment of AWS's "Exponential Backoff And Jitter" (2015): clients that start together must each
 * update one row once under optimistic locking. The library does all the retrying.
 */

const CAP = 2000;
const forever = { maxRetries: Number.MAX_SAFE_INTEGER, budget: false, maxDelay: CAP };

/**
 * AWS's simulator doubles its base of 5 ms before the first wait, the library after it: hence 10 ms here. Its
 * decorrelated jitter starts at the base itself.
 */
export const STRATEGIES = {
  none: { ...forever, backoff: 'constant', baseDelay: 0, jitter: 'none' },
  exponential: { ...forever, baseDelay: 10, jitter: 'none' },
  full: { ...forever, baseDelay: 10, jitter: 'full' },
  equal: { ...forever, baseDelay: 10, jitter: 'equal' },
  decorrelated: { ...forever, baseDelay: 5, jitter: 'decorrelated' },
};

/** What the public simulator of the article prints, 100 runs per cell: [clients, calls, milliseconds]. */
export const PUBLISHED = {
  none: [
    [10, 50, 382],
    [20, 151, 596],
    [50, 687, 1132],
    [100, 2421, 2027],
    [150, 5143, 2873],
    [190, 7997, 3538],
  ],
  exponential: [
    [10, 51, 3590],
    [20, 151, 14817],
    [50, 624, 36237],
    [100, 1853, 62862],
    [150, 3549, 86037],
    [190, 5186, 101357],
  ],
  full: [
    [10, 38, 465],
    [20, 99, 1012],
    [50, 332, 2922],
    [100, 797, 4879],
    [150, 1317, 6285],
    [190, 1771, 7427],
  ],
  equal: [
    [10, 42, 732],
    [20, 107, 1683],
    [50, 347, 4303],
    [100, 812, 6658],
    [150, 1323, 8246],
    [190, 1759, 9487],
  ],
  decorrelated: [
    [10, 37, 434],
    [20, 102, 802],
    [50, 376, 2164],
    [100, 1002, 4530],
    [150, 1758, 6602],
    [190, 2441, 7887],
  ],
};

class Conflict extends Error {}

/** One run: how many writes the row has seen, and when the last client was done. */
async function contend({ clock, service, sleep, random }, clients, retry) {
  const startedAt = clock.now();
  const hop = () => sleep(Math.abs(normal(random, 10, 2)));
  let version = 0;
  let calls = 0;
  let finished = 0;
  let endedAt = startedAt;
  const update = async () => {
    await hop();
    const seen = version;
    await hop();
    await hop();
    calls++;
    const isMine = seen === version;
    if (isMine) version++;
    await hop();
    if (!isMine) throw new Conflict();
  };
  for (let client = 0; client < clients; client++) {
    void service.execute({ retry }, update).then(() => {
      finished++;
      endedAt = clock.now();
    });
  }
  await advanceUntil(clock, () => finished === clients);
  return { calls, time: endedAt - startedAt };
}

/** The mean of some runs, whole numbers. */
export function contention(jitter, clients, runs) {
  return inWorld({ seed: clients }, async (world) => {
    let calls = 0;
    let time = 0;
    for (let run = 0; run < runs; run++) {
      const result = await contend(world, clients, STRATEGIES[jitter]);
      calls += result.calls;
      time += result.time;
    }
    return { clients, calls: Math.round(calls / runs), time: Math.round(time / runs) };
  });
}
