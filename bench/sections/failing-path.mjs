import { inChildren } from '../child.mjs';
import { number, section, timings } from '../report.mjs';

export async function run() {
  return {
    fresh: await inChildren('failing-path', 'fresh error'),
    ready: await inChildren('failing-path', 'ready-made error'),
  };
}

const table = (caption, results) =>
  timings(results, {
    caption,
    references: { '× hand-written': 'hand-written', '× this library': '@Retryable @CircuitBreaker' },
    more: { 'timers per call': ({ timersPerCall }) => number(timersPerCall) },
  });

export const report = ({ fresh, ready }) =>
  section({
    title: 'Failing path: two failures, then success, no delay',
    notes: [
      'This library: `baseDelay: 0` and a budget that never denies, but is kept.',
      'A peer with timers cannot retry without one, so its figures are waits of at least a millisecond each. opossum does not retry.',
      'The circuits of mollitia and nestjs-resilience judge the share of failures; theirs is set out of reach, so that they stay closed.',
    ],
    tables: [table('Each failure is a new error', fresh), table('One error, made before', ready)],
  });
