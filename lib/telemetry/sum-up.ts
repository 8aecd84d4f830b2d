import type { FamilyDetail, FamilyFigures } from './figures.js';
import { sumOf } from './histogram.js';

const NO_SUPPRESSIONS: FamilyFigures['suppressed'] = {
  budget: 0,
  deadline: 0,
  'not-retryable': 0,
  'retry-after-too-long': 0,
  'not-replayable': 0,
  aborted: 0,
  'before-retry': 0,
  shutdown: 0,
};

/** Sums the detail of a family up, as plain JSON. */
export function sumUp(detail: FamilyDetail): FamilyFigures {
  const { name, policy, inFlight, bulkhead, budget, cache } = detail;
  const duration = sumOf(detail.durations);
  const retryDelay = sumOf(detail.retryDelays);
  const retried = (outcome: string) =>
    total(detail.calls.filter((call) => call.retried && call.outcome === outcome));
  return {
    name,
    ...(policy !== undefined && { policy }),
    calls: totals(detail.calls, 'outcome', { success: 0, failure: 0, rejected: 0, aborted: 0, fallback: 0 }),
    retriedCalls: { success: retried('success'), failure: retried('failure') },
    attempts: totals(detail.attempts, 'kind', { first: 0, retry: 0, hedge: 0, failover: 0 }),
    attemptOutcomes: totals(detail.attempts, 'outcome', { success: 0, failure: 0, timeout: 0, aborted: 0 }),
    suppressed: totals(detail.suppressions, 'reason', { ...NO_SUPPRESSIONS }),
    rejections: totals(detail.rejections, 'strategy', { circuit: 0, bulkhead: 0, rateLimit: 0 }),
    timeouts: totals<'scope', 'attempt' | 'total'>(detail.timeouts, 'scope', { attempt: 0, total: 0 }),
    circuits: circuitsOf(detail),
    transitions: detail.transitions.map((one) => ({ ...one })),
    inFlight,
    ...(bulkhead && { bulkhead: { ...bulkhead } }),
    ...(budget && { budget: { ...budget } }),
    ...(cache && { cache: { ...cache } }),
    errors: errorsOf(detail),
    ...(duration && { duration }),
    ...(retryDelay && { retryDelay }),
  };
}

function circuitsOf({ circuits }: FamilyDetail): FamilyFigures['circuits'] {
  const count = (state: string) => total(circuits.filter((one) => one.state === state));
  return {
    closed: count('closed'),
    open: count('open'),
    halfOpen: count('half-open'),
    forcedOpen: count('forced-open'),
    disabled: count('disabled'),
  };
}

function errorsOf({ calls }: FamilyDetail): Record<string, number> {
  const failures = calls.filter(({ errorType }) => errorType !== undefined);
  const types = [...new Set(failures.map(({ errorType }) => errorType as string))];
  // own properties whatever the type is called: an assignment to `__proto__` would be lost
  return Object.fromEntries(
    types.map((type) => [type, total(failures.filter(({ errorType }) => errorType === type))]),
  );
}

function total(counts: readonly { readonly count: number }[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0);
}

/** Adds counts up by one of their labels. */
function totals<L extends string, K extends string>(
  counts: readonly (Readonly<Record<L, K>> & { readonly count: number })[],
  label: L,
  sums: Record<K, number>,
): Record<K, number> {
  for (const one of counts) sums[one[label]] += one.count;
  return sums;
}
