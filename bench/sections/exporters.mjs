import { median } from '../measure.mjs';
import { find, number, section, timings } from '../report.mjs';

export const run = (inChild) => inChild('exporters');

/** Nanoseconds that an exporter adds to a call that succeeds. */
const costOf = (name, { results }) => {
  const without = find(results, 'no exporter, durations').rounds;
  return median(find(results, name).rounds.map((ns, round) => ns - without[round]));
};

const milliseconds = (ms) => `${ms.toFixed(2)} ms`;

export const report = (raw) =>
  section({
    title: 'Exporters',
    notes: [
      '`@Retryable @CircuitBreaker` on a method that succeeds. Exporters read when they are asked: they cost a call nothing but its durations.',
      `Spans of the call and of its attempt take ${number(costOf('openTelemetry({ spans: true })', raw))} ns, most of it in the SDK.`,
      `A collection of 200 families (${raw.collections.points} series): ${milliseconds(raw.collections.figures)} to read them, ${milliseconds(raw.collections.text)} as the text of Prometheus, ${milliseconds(raw.collections.register)} through a registry of prom-client, ${milliseconds(raw.collections.producer)} for the histograms of OpenTelemetry, ${milliseconds(raw.collections.meterProvider)} through a meter provider of its SDK.`,
    ],
    tables: [timings(raw.results, { references: { '× no exporter': 'no exporter, durations' } })],
  });
