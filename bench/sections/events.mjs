import { median } from '../measure.mjs';
import { find, number, percent, section, timings } from '../report.mjs';

/** Retries scheduled in a call of this section: each is an event. */
const EVENTS = 2;

export const run = (inChild) => inChild('events');

/** The share of the failing path that goes into asking whether anybody listens. */
export const shareOfQuestions = ({ results, nsPerQuestion }) =>
  (EVENTS * nsPerQuestion) / median(find(results, 'no listener').rounds);

export const report = (raw) =>
  section({
    title: 'Events',
    notes: [
      'The failing path (two retries) of the same policy in five applications. The success path has no events at all.',
      'The first two rows are the same: what is between them is the noise.',
      `Without a listener an event is not made; to ask whether there is one takes ${number(raw.nsPerQuestion)} ns, twice in such a call: ${percent(shareOfQuestions(raw))} of it.`,
    ],
    tables: [timings(raw.results, { references: { '× no listener': 'no listener' } })],
  });
