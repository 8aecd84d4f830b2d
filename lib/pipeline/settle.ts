import { emitEvent } from '../events/emit-event.js';
import type { CallOutcome } from '../events/resilience-event.js';
import { explainFailure } from '../failures/explain-failure.js';
import { reasonOf } from '../failures/reason.js';
import type { CacheAnswer } from '../strategies/call-wrapper.js';
import type { Label } from '../strategies/label.js';
import type { CallFigures } from '../telemetry/call-figures.js';
import type { CallTrace } from '../telemetry/call-trace.js';
import type { Outcome } from './outcome.js';
import type { PipelineDeps } from './pipeline-deps.js';

/** A moment that was not read from the clock. */
export const UNKNOWN_START = -1;

/** A pipeline, as far as the end of a call needs it. */
export interface ObservedPipeline {
  /** The name of the calls in events. */
  readonly label: Label;
  readonly deps: PipelineDeps;
  /** The counters of its calls; undefined if nothing is counted. */
  readonly figures: CallFigures | undefined;
  /** True if a listener or the figures want to know how long a call takes. */
  readonly isTimed: boolean;
}

/** The end of a call, for the strategies around it: they settle the call once they are through. */
export interface CallReport {
  attempts: number;
  isRetried: boolean;
  outcome: CallOutcome;
  /** The error with which it ended, if it has failed. */
  error: unknown;
}

/** The report of a call that has not ended. */
export function newReport(): CallReport {
  return { attempts: 0, isRetried: false, outcome: 'failure', error: undefined };
}

/** The operation of a call, as far as its end needs it. */
interface SettledOperation {
  readonly report?: CallReport | undefined;
  readonly key?: string | undefined;
  readonly trace?: CallTrace | undefined;
}

/** A call that ends, as far as it is known to both ways of running it. */
export interface EndingCall {
  /** Attempts whose body has begun to run, hedges included. */
  readonly attemptsMade: number;
  /** True if a retry has run. */
  readonly isRetried: boolean;
  /** In monotonic milliseconds; {@link UNKNOWN_START} where nothing wanted to know. */
  readonly startedAt: number;
  /** True for a stream that has yielded a value: the shutdown does not wait for it. */
  readonly hasAnswered: boolean;
  readonly operation?: SettledOperation | undefined;
  /** The place from which the call was answered, where its answers are kept or shared. */
  readonly cache?: CacheAnswer | undefined;
}

/** Counts a call that begins; one within strategies around it has been counted before them. */
export function enterCall({ deps, figures }: ObservedPipeline, operation: SettledOperation): void {
  deps.shutdown.enter();
  if (!operation.report) figures?.beginCall();
}

/** The one place where a call ends, or is handed to the strategies around it. */
export function settleCall(
  pipeline: ObservedPipeline,
  call: EndingCall,
  outcome: CallOutcome,
  error?: unknown,
): void {
  const report = call.operation?.report;
  if (report) {
    report.attempts = call.attemptsMade;
    report.isRetried = call.isRetried;
    report.outcome = outcome;
    report.error = error;
  } else endCall(pipeline, call, outcome, error);
  if (!call.hasAnswered) pipeline.deps.shutdown.leave();
}

/** Ends a call for everything that watches: figures, observers, listeners and the log hang here. */
export function endCall(
  pipeline: ObservedPipeline,
  call: EndingCall,
  outcome: CallOutcome,
  error: unknown,
): void {
  const { deps } = pipeline;
  countEnd(pipeline, call, outcome, error);
  call.operation?.trace?.end(outcome, call.attemptsMade, error);
  if (deps.events.observesCalls) notifyCallEnd(pipeline, call, outcome, error);
  if (outcome === 'failure') logFailure(pipeline, call, error);
}

/** Counts a call that has ended, where anything is counted. */
function countEnd(
  { figures, deps }: ObservedPipeline,
  call: EndingCall,
  outcome: CallOutcome,
  error: unknown,
): void {
  if (figures === undefined) return;
  figures.countCall(outcome, call.isRetried, error);
  if (call.cache !== undefined) figures.countCache(call.cache);
  // an answer that was there, or that another call has paid for, says nothing of how long a call takes
  const isOwn = call.cache === undefined || call.cache === 'miss' || call.attemptsMade > 0;
  if (isOwn && figures.keepsDurations && call.startedAt !== UNKNOWN_START)
    figures.countDuration(outcome, deps.clock.now() - call.startedAt);
}

/** Logs the rule by which a failed call was judged, at level debug. */
function logFailure(
  { label, deps }: ObservedPipeline,
  { attemptsMade, operation }: EndingCall,
  error: unknown,
): void {
  deps.events.debug(() => {
    const { kind, circuit, rule } = explainFailure(error);
    const key = operation?.key === undefined ? '' : `[${operation.key}]`;
    const reason = reasonOf(error);
    const why = reason === undefined ? '' : `: ${reason}`;
    const attempts = attemptsMade === 1 ? '1 attempt' : `${attemptsMade} attempts`;
    return `${label.name}${key} failed after ${attempts} by rule ${rule} (${kind}, circuit: ${circuit})${why}`;
  });
}

/** Derives the way in which a call ended from its last attempt; an attempt may fail just because the caller has left. */
export function callOutcomeOf(outcome: Outcome, isAborted: boolean): CallOutcome {
  if (outcome.kind === 'value') return 'success';
  if (outcome.kind === 'refused') return 'rejected';
  if (outcome.kind === 'failed') return isAborted ? 'aborted' : 'failure';
  return outcome.by === 'timeout' ? 'failure' : 'aborted';
}

/** Notifies the listeners that a call has ended. */
function notifyCallEnd(
  pipeline: ObservedPipeline,
  call: EndingCall,
  outcome: CallOutcome,
  error: unknown,
): void {
  const { label, deps } = pipeline;
  const duration = call.startedAt === UNKNOWN_START ? undefined : deps.clock.now() - call.startedAt;
  const key = call.operation?.key;
  emitEvent('call.settled', key === undefined ? label : { ...label, key }, deps, {
    outcome,
    attempts: call.attemptsMade,
    ...(duration !== undefined && { duration }),
    ...(error !== undefined && { error }),
    ...(call.cache !== undefined && call.cache !== 'miss' && { cache: call.cache }),
  });
}
