import { untilNext } from '../random.mjs';
import { inWorld } from '../world.mjs';

/**
 * An upstream answers in 50 ms; for half a minute a fifth of its answers are errors, then it is down for half a minute. A hundred calls
 * a second go to it, with the library's defaults but for a circuit that opens at a rate of failures. Everything that is drawn is read
 * from `ResilienceMetrics`, once a second, as a scrape would.
 */
export const PHASES = [
  { from: 15, to: 45, failing: 0.2, words: 'every fifth attempt fails' },
  { from: 45, to: 75, failing: 1, words: 'outage' },
];
export const SECONDS = 105;
export const LOAD = 100;
const COUNTERS = ['ended', 'answered', 'attempts', 'succeeded', 'withheld'];
const LATENCY = 50;
const NAME = 'payments';
const POLICY = { retry: {}, circuitBreaker: { failureRate: 0.5, recoveryTimeout: '10s' } };

export function figures() {
  return inWorld({ seed: 1, policies: { [NAME]: POLICY } }, async (world) => {
    const { clock, service, sleep, random, metrics } = world;
    const upstream = async () => {
      const now = clock.now() / 1000;
      const { failing = 0 } = PHASES.find(({ from, to }) => now >= from && now < to) ?? {};
      await sleep(LATENCY);
      if (random() < failing) throw Object.assign(new Error('in trouble'), { status: 503 });
    };
    const arrive = async () => {
      while (clock.now() < SECONDS * 1000) {
        await sleep(untilNext(random, LOAD / 1000));
        service.execute(NAME, upstream).catch(() => undefined);
      }
    };
    void arrive();
    const seconds = [];
    let before = sums();
    for (let second = 0; second < SECONDS; second++) {
      await clock.advance(1000);
      const now = sums(metrics.family(NAME));
      seconds.push({ ...difference(now, before), state: now.state });
      before = now;
    }
    return { seconds, total: totalOf(metrics.family(NAME)) };
  });
}

/** The counters of a family that the picture shows, and the state of its circuit. */
function sums(family) {
  if (!family) return { ended: 0, answered: 0, attempts: 0, succeeded: 0, withheld: 0 };
  const { calls, attemptOutcomes, suppressed, circuits } = family;
  return {
    ended: sumOf(calls) - calls.aborted,
    answered: calls.success + calls.fallback,
    attempts: sumOf(attemptOutcomes) - attemptOutcomes.aborted,
    succeeded: attemptOutcomes.success,
    withheld: suppressed.budget,
    state: Object.keys(circuits).find((state) => circuits[state] > 0),
  };
}

const sumOf = (counts) => Object.values(counts).reduce((total, count) => total + count, 0);

/** What was counted since the second before, as Prometheus' `increase` has it. */
const difference = (now, before) => Object.fromEntries(COUNTERS.map((key) => [key, now[key] - before[key]]));

const totalOf = ({ calls, attempts, retriedCalls }) => ({ calls, attempts, retriedCalls });
