/** The series that the variables of the dashboard select; `matchers` narrows them further. */
export function select(metric, ...matchers) {
  return `${metric}{${['job=~"$job"', 'instance=~"$instance"', 'breakwater_name=~"$name"', ...matchers].join(',')}}`;
}

const by = (labels) => (labels === '' ? '' : ` by (${labels})`);

/** A rate a second, summed up by labels; `''` sums everything. */
export const rate = (labels, metric, ...matchers) =>
  `sum${by(labels)} (rate(${select(metric, ...matchers)}[$__rate_interval]))`;

/** How many of a counter came in one step of the panel. */
export const increase = (labels, metric, ...matchers) =>
  `sum${by(labels)} (increase(${select(metric, ...matchers)}[$__rate_interval]))`;

/** A gauge, summed up by labels. */
export const sum = (labels, metric, ...matchers) => `sum${by(labels)} (${select(metric, ...matchers)})`;

/** A part that may have no series yet is none of the whole. */
const orNone = (part, whole) => `(${part} or 0 * ${whole})`;

export const share = (part, whole) => `${orNone(part, whole)} / ${whole}`;

const successOf = (labels, metric, failed) =>
  `1 - ${share(rate(labels, metric, `breakwater_outcome=~"${failed}"`), rate(labels, metric, 'breakwater_outcome!="aborted"'))}`;

/** The share of the calls that got an answer; those that their callers gave up say nothing. */
export const effectiveSuccess = (labels) => successOf(labels, 'breakwater_calls_total', 'failure|rejected');

/** The share of the attempts that the upstream answered. */
export const actualSuccess = (labels) => successOf(labels, 'breakwater_attempts_total', 'failure|timeout');

/** Attempts per call. */
export const amplification = (labels) =>
  share(rate(labels, 'breakwater_attempts_total'), rate(labels, 'breakwater_calls_total'));

/** The duration of calls that ran, below which a part of them stayed. */
export const duration = (quantile, ...labels) =>
  `histogram_quantile(${quantile}, ${rate(['le', ...labels].join(', '), 'breakwater_call_duration_seconds_bucket', RAN)})`;

/** A refused call takes no time, and one that was given up tells nothing of the upstream. */
export const RAN = 'breakwater_outcome!~"rejected|aborted"';

/** A circuit that refuses calls. */
export const OPEN = 'breakwater_circuit_state=~"open|half_open|forced_open"';
