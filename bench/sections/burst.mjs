import { inChildren } from '../child.mjs';
import { median, quantile, ratio } from '../measure.mjs';
import { find, number, percent, section, times, whole } from '../report.mjs';

const NARROW = 'undici request, 256 connections';
const WIDE = 'undici request, any number of connections (its default)';

export const run = () => inChildren('burst');

/** Time of a burst, to that of undici with as many connections. */
export const burstTime = (results) =>
  ratio(find(results, 'this library, 256 connections (its default)'), find(results, NARROW));

export const report = (results) =>
  section({
    title: 'HTTP: 1 000 calls at once to an upstream of 100 ms',
    notes: [
      'The server answers each call after 100 ms, any number at a time. With 256 connections a burst takes at least four times as long, with 1 000 or more at least once.',
      'Answered are the calls that brought the right answer; this library has its retry, circuit and both timeouts.',
      'Nanoseconds are CPU time of the client’s process.',
    ],
    tables: [
      {
        head: [
          '',
          'ms per burst',
          'middle half',
          '× undici, 256',
          '× undici',
          'answered',
          'ns of CPU per call',
        ],
        rows: results.map((one) => [
          one.name,
          number(median(one.rounds)),
          `${number(quantile(one.rounds, 0.25))}–${number(quantile(one.rounds, 0.75))}`,
          times(ratio(one, find(results, NARROW))),
          times(ratio(one, find(results, WIDE))),
          percent(median(one.answered)),
          whole(median(one.cpu)),
        ]),
      },
    ],
  });
