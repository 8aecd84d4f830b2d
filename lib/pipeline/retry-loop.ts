import { Admissions, Wait } from './acquire.js';
import { runBeforeRetry } from './attempt/before-retry.js';
import { findDestinations } from './attempt/find-destinations.js';
import { hedgedAttempt } from './attempt/hedged-attempt.js';
import { makeAttempt } from './attempt/make-attempt.js';
import { pause } from './attempt/pause.js';
import type { CompiledPipeline } from './compiled-pipeline.js';
import { decideNext } from './decide-next.js';
import type { Again } from './decide-next.js';
import type { Execution } from './execution.js';
import { Permit } from './guards/permit.js';
import { notifyInterruptedWait, notifySuppressed, scheduledEvent } from './notify.js';
import type { Operation } from './operation.js';
import type { Interruption, Outcome } from './outcome.js';
import { keyedParts } from './pipeline-parts.js';
import type { PipelineParts } from './pipeline-parts.js';
import { callOutcomeOf, settleCall } from './settle.js';

/**
 * The retry loop: makes attempts until one is good enough or none may follow. It begins with the outcome of a first attempt,
 * with the wait that a guard asks of it, or, if a call needs more from the start, with nothing.
 */
export function runRetryLoop(
  execution: Execution,
  pipeline: CompiledPipeline,
  first?: Outcome | Wait,
): Promise<unknown> {
  return execution.isUnbounded
    ? makeAttempts(execution, pipeline, first)
    : runBounded(execution, pipeline, first);
}

async function runBounded(
  execution: Execution,
  pipeline: CompiledPipeline,
  first?: Outcome | Wait,
): Promise<unknown> {
  execution.open();
  try {
    return await makeAttempts(execution, pipeline, first);
  } finally {
    execution.close();
  }
}

/**
 * An attempt that nothing can end is awaited right here: an error captures every frame between where it is thrown and its
 * caller, and that costs more than everything else that a retry does.
 */
// one function, because each frame costs
// eslint-disable-next-line complexity, max-lines-per-function
async function makeAttempts(
  execution: Execution,
  pipeline: CompiledPipeline,
  first?: Outcome | Wait,
): Promise<unknown> {
  const { operation } = execution;
  const { parts } = pipeline;
  const admissions = new Admissions(execution, pipeline.guards, parts, execution);
  const finding = operation.destinations && findDestinations(execution, pipeline, operation.destinations);
  const missing = finding && (await finding);
  if (missing) return settle(execution, pipeline, missing);
  let waiting = first instanceof Wait ? first : undefined;
  for (let outcome = first instanceof Wait ? undefined : first; ;) {
    if (outcome) {
      const next = decideNext(execution, parts, outcome);
      if (!('again' in next)) return settle(execution, pipeline, next);
      execution.previousDelay = next.delay;
      const wait = pause(execution, next.delay, parts.deps);
      // also without a wait, at first: an error captures the stack, which is empty then but for this loop
      if (wait || outcome === first) await wait;
      const stopped = next.isAnnounced ? await prepareRetry(execution, parts, outcome, next) : undefined;
      if (stopped) return settle(execution, pipeline, stopped);
    }
    if (operation.throttleDelay) outcome = await throttled(execution, parts, operation.throttleDelay);
    if (execution.interruption)
      return settle(execution, pipeline, interruptedWait(execution, parts, execution.interruption));
    execution.round++;
    if (operation.throttleDelay && outcome?.kind === 'refused') continue;
    if (parts.hedge) {
      outcome = await hedgedAttempt(execution, pipeline, parts.hedge);
      continue;
    }
    const number = ++execution.attempt;
    const asked = waiting ? admissions.waitFor(waiting) : admissions.ask(number);
    waiting = undefined;
    const permit = asked instanceof Promise ? await asked : asked;
    outcome = undefined;
    if (!(permit instanceof Permit)) outcome = permit;
    else if (isInterrupted(execution)) permit.cancel();
    else if (!execution.isUnbounded)
      outcome = await makeAttempt(
        execution,
        pipeline,
        { target: execution, number, permit, kind: execution.beginAttempt() },
        admissions,
      );
    else {
      const kind = execution.beginAttempt();
      try {
        const result = operation.method.apply(operation.self, operation.args as unknown[]);
        const value: unknown = await (operation.awaited ? operation.awaited(result) : result);
        permit.succeed();
        parts.figures?.countAttempt(kind, 'success');
        outcome = { kind: 'value', value };
      } catch (error) {
        permit.fail(error);
        parts.figures?.countAttempt(kind, 'failure');
        outcome = { kind: 'failed', error };
      }
    }
  }
}

/** Ends a call: its result, or its error. */
function settle(execution: Execution, pipeline: CompiledPipeline, outcome: Outcome): unknown {
  if (outcome.kind === 'value') {
    settleCall(pipeline, execution, 'success');
    return outcome.value;
  }
  settleCall(pipeline, execution, callOutcomeOf(outcome, execution.isAborted), outcome.error);
  throw outcome.error;
}

/** Runs `beforeRetry` and draws from the budget, both after the pause; the end of the call if there is no other attempt. */
async function prepareRetry(
  execution: Execution,
  parts: PipelineParts,
  outcome: Outcome,
  next: Again,
): Promise<Outcome | undefined> {
  const { retry, deps } = parts;
  const keyed = keyedParts(parts, execution.operation.key);
  if (!retry || execution.interruption) return undefined;
  const event = scheduledEvent(keyed, execution.attempt, outcome, next);
  const isPrepared = await runBeforeRetry(execution, retry, event, deps);
  if (execution.interruption) return undefined;
  if (isPrepared && retry.budget?.tryTake() !== false) return undefined;
  notifySuppressed(keyed, execution.attempt, isPrepared ? 'budget' : 'before-retry', outcome);
  return outcome;
}

/** Waits until the operation is not throttled any more; a refusal if it is not to be made at all. */
async function throttled(
  execution: Execution,
  parts: PipelineParts,
  throttleDelay: NonNullable<Operation['throttleDelay']>,
): Promise<Outcome | undefined> {
  try {
    while (!execution.interruption) {
      const delay = throttleDelay(execution.timeLeft);
      if (delay <= 0) break;
      await pause(execution, delay, parts.deps);
    }
    return undefined;
  } catch (error) {
    parts.figures?.countRejection('rateLimit', execution.operation.key);
    return { kind: 'refused', error };
  }
}

/** True if the call was ended while it waited for its turn. */
function isInterrupted({ interruption }: Execution): boolean {
  return interruption !== undefined;
}

/** The outcome of a call that was ended while it waited. */
function interruptedWait(execution: Execution, parts: PipelineParts, interruption: Interruption): Outcome {
  notifyInterruptedWait(execution, parts, interruption);
  const { by } = interruption;
  const error = execution.errorOf(interruption);
  // a call that the shutdown keeps from its retry ends as its last attempt did
  return error === interruption.error ? { kind: 'interrupted', error, by } : { kind: 'failed', error };
}
