import { median } from '../measure.mjs';
import { find, section, timings } from '../report.mjs';

const BARE = 'a deadline';
const IN_CONTEXT = 'a deadline that enters the context of its call';

export const run = (inChild) => inChild('context');

/** Nanoseconds that the context of its call costs a timed call: the median of the rounds' differences. */
export function costOfContext(results) {
  const [bare, inContext] = [find(results, BARE), find(results, IN_CONTEXT)];
  return median(inContext.rounds.map((ns, round) => ns - bare.rounds[round]));
}

export const report = (results) =>
  section({
    title: 'The async context of a timed call',
    notes: [
      'A time limit is an object in a queue. It remembers its context, so that no call goes on in the context of another one.',
    ],
    tables: [
      timings(results, { caption: 'Made in an async function', references: { '× the bare one': BARE } }),
    ],
  });
