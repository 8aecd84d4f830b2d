import { section, timings } from '../report.mjs';

export const run = (inChild) => inChild('cache');

export const report = ({ calls, misses, shared }) =>
  section({
    title: 'Kept and shared answers',
    notes: [
      'A hit costs no more than a look into a map; a miss makes a run, and keeps its answer.',
      'The misses are of a method that answers with the next turn of the event loop, as an upstream does at the earliest. Each has a key of its own, so that the answers of 1 000 others leave.',
      'The shared runs are 100 calls of one key at once; the times are of all 100.',
    ],
    tables: [
      timings(calls, { caption: 'Hits', references: { '× bare': 'bare call' } }),
      timings(misses, {
        caption: 'Misses',
        references: { '× without': 'without @Cache: @Retryable @CircuitBreaker' },
      }),
      timings(shared, {
        caption: '100 calls, one run',
        references: { '× hand-written': 'a hand-written Map of promises' },
      }),
    ],
  });
