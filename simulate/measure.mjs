import { collapse } from './experiments/collapse.mjs';
import { contention, STRATEGIES } from './experiments/contention.mjs';
import { failover } from './experiments/failover.mjs';
import { figures } from './experiments/figures.mjs';
import { herd } from './experiments/herd.mjs';
import { outage } from './experiments/outage.mjs';
import { JITTERS, spread } from './experiments/spread.mjs';
import { stampede } from './experiments/stampede.mjs';

/** Clients, and how many runs the mean is taken of: many where the numbers are compared, few where runs are long. */
const CELLS = [
  [10, 10],
  [20, 10],
  [50, 4],
  [100, 8],
  [150, 1],
  [190, 1],
];

async function contentionOf(jitter) {
  const results = [];
  for (const [clients, runs] of CELLS) results.push(await contention(jitter, clients, runs));
  return results;
}

/** The worked example of "Metastable Failures in Distributed Systems" (HotOS 2021): 280 calls a second, one retry. */
const example = (budget) => collapse({ load: 280, retry: { maxRetries: 1, budget } });

/** Runs every experiment; the same numbers each time. */
export async function measure() {
  const contentions = {};
  for (const jitter of Object.keys(STRATEGIES)) contentions[jitter] = await contentionOf(jitter);
  const spreads = [];
  for (const jitter of JITTERS) spreads.push(await spread(jitter));
  return {
    contention: contentions,
    spread: spreads,
    figures: await figures(),
    herd: { none: await herd('none'), full: await herd('full') },
    collapse: {
      unlimited: await collapse({ load: 200, retry: { budget: false } }),
      limited: await collapse({ load: 200, retry: {} }),
    },
    failover: await failover(),
    stampede: { alone: await stampede(false), shared: await stampede(true) },
    outage: { without: await outage(undefined), withStale: await outage('1h') },
    example: {
      unlimited: await example(false),
      limited: await example({}),
      small: await example({ ratio: 0.05, minPerSecond: 0 }),
    },
  };
}
