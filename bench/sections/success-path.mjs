import { inChildren } from '../child.mjs';
import { peerRange } from '../environment.mjs';
import { section, timings } from '../report.mjs';

export const run = () => inChildren('success-path');

export const report = (results) =>
  section({
    title: 'Success path',
    notes: [
      'An awaited async method that returns at once; everything that costs more is the wrapper.',
      'The hand-written loop retries three times around the counters of a circuit breaker, and has no budget, classification or events.',
      'opossum runs with `timeout: false`, as no other subject has a timeout; it does not retry. p-retry has no circuit breaker.',
      `nestjs-resilience runs on the same copy of Nest as this library, which its peer range (${peerRange()}) does not promise but which works.`,
    ],
    tables: [
      timings(results, {
        references: {
          '× bare': 'bare call',
          '× hand-written': 'hand-written',
          '× this library': '@Retryable @CircuitBreaker',
        },
      }),
    ],
  });
