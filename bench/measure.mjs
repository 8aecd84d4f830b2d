import { newLoop } from './fresh.mjs';

export const isQuick = process.env.BENCH_QUICK === '1';
const ROUNDS = isQuick ? 5 : 61;
const WARM_UP_ROUNDS = isQuick ? 1 : 5;
const SLOT_MS = isQuick ? 2 : 10;
const WARM_UP = { calls: 20_000, ms: isQuick ? 50 : 400 };
const FEWEST_CALLS = 5;

/**
 * Nanoseconds per call of each case. Every case has a slot in every round, in a new random order each time, so
 * that what the machine does meanwhile meets all of them; what is compared is always of the same round.
 *
 * @param cases `{ name, run, kind? }`; `kind` is how the calls end, `resolves` or `rejects`
 * @returns `{ name, rounds }` for each, in the order given
 */
export async function measure(cases) {
  const entries = [];
  for (const { name, run, kind } of cases) {
    const loop = newLoop(run, kind);
    entries.push({ name, loop, calls: await warmUp(loop), rounds: [] });
  }
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    for (const entry of shuffled(entries)) {
      const ns = await timed(entry.loop, entry.calls);
      if (round >= 0) entry.rounds.push(ns);
    }
  }
  return entries.map(({ name, rounds }) => ({ name, rounds }));
}

async function timed(loop, calls) {
  // the garbage of the slot before is not this one's cost
  globalThis.gc?.({ type: 'minor' });
  const started = performance.now();
  await loop(calls);
  return ((performance.now() - started) * 1e6) / calls;
}

/** Runs a loop until it is compiled; returns how many calls fill a slot. */
async function warmUp(loop) {
  const started = performance.now();
  let batch = 50;
  let ns = Infinity;
  for (let calls = 0; calls < WARM_UP.calls && performance.now() - started < WARM_UP.ms; calls += batch) {
    if (calls > 0 && ns < 1e5) batch = 2000;
    ns = await timed(loop, batch);
  }
  return Math.max(FEWEST_CALLS, Math.round((SLOT_MS * 1e6) / ns));
}

export function shuffled(values) {
  const copy = [...values];
  for (let last = copy.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [copy[last], copy[other]] = [copy[other], copy[last]];
  }
  return copy;
}

/** The value below which a share of the values lies. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.round((sorted.length - 1) * share)];
}

export const median = (values) => quantile(values, 0.5);

/** How many times as long one case takes as another: the median of the rounds' ratios. */
export function ratio(one, other) {
  return median(one.rounds.map((ns, round) => ns / other.rounds[round]));
}
