import { inChildren } from '../child.mjs';
import { median } from '../measure.mjs';
import { find, number, section, times, timings } from '../report.mjs';

const BARE = 'undici Pool.request + json()';

export const run = () => inChildren('http');

/** Requests per second, to those of the bare pool. */
export const throughput = (results, name) =>
  median(find(results, BARE).clock) / median(find(results, name).clock);

export const report = (results) =>
  section({
    title: 'HTTP: CPU time of the client per request',
    notes: [
      '50 requests at a time over kept-alive connections to a server in another process; about 200 bytes of JSON, parsed.',
      'Nanoseconds are user and system CPU time of the client’s process, its compiler and collector included; every case has run for 3 s before.',
      'In the kernel: the share of the system’s calls, such as the write of a request, which nobody can save.',
    ],
    tables: [
      timings(results, {
        references: { '× bare undici': BARE },
        more: {
          'in the kernel': (one) => number(median(one.system)),
          'requests per second, × bare undici': (one) => times(throughput(results, one.name)),
        },
      }),
    ],
  });
