import { median } from '../measure.mjs';
import { find, number, section, timings } from '../report.mjs';

export const run = (inChild) => inChild('telemetry');

const between = (one, other) => median(one.rounds.map((ns, round) => ns - other.rounds[round]));

/** Nanoseconds that counting adds to a call, and those that durations add to it. */
export const costOfCounting = ({ results }) =>
  between(find(results, 'counting'), find(results, 'telemetry: false'));
export const costOfDurations = ({ results }) =>
  between(find(results, '… and durations'), find(results, 'telemetry: false'));

/** Milliseconds that reading the figures of 200 families takes. */
export const collectionTime = ({ families }) => families;

export const report = (raw) =>
  section({
    title: 'Figures',
    notes: [
      '`@Retryable @CircuitBreaker` on a method that succeeds, in applications that count differently.',
      `Counting adds ${number(costOfCounting(raw))} ns to a call; durations ${number(costOfDurations(raw))} ns, most of it two readings of the clock.`,
      `A collection takes ${raw.families.toFixed(2)} ms with 200 families, each with a circuit, a bulkhead, a budget and durations; ${raw.keys.toFixed(2)} ms with one family of 1 000 keys.`,
    ],
    tables: [timings([...raw.results, ...raw.traced], { references: { '× bare': 'bare call' } })],
  });
