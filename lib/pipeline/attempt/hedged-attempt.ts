import { emitEvent } from '../../events/emit-event.js';
import type { Hedge } from '../../strategies/hedge/hedge.js';
import type { Latencies } from '../../strategies/hedge/latencies.js';
import { Admissions } from '../acquire.js';
import type { CompiledPipeline } from '../compiled-pipeline.js';
import type { Execution } from '../execution.js';
import type { Deadline } from '../deadlines/deadline-queue.js';
import type { Interruption, Outcome, InterruptTarget } from '../outcome.js';
import { keyOfAttempt } from '../operation.js';
import { keyedParts } from '../pipeline-parts.js';
import { mayHedge } from './may-hedge.js';
import { Permit } from '../guards/permit.js';
import { makeAttempt } from './make-attempt.js';

/** The interruption of slower attempts; all share one, as an exception for each costs more than the rest. */
const SLOWER_ATTEMPT: Interruption = {
  by: 'lost',
  error: new DOMException('Another attempt of the call was faster', 'AbortError'),
};

/** An attempt of a round. */
interface Runner extends InterruptTarget {
  readonly number: number;
  /** Number of the last attempt that it has made: a failover has one of its own. */
  last: number;
  startedAt: number | undefined;
}

/** Runs an attempt, and others beside it when it takes long or fails: the first success counts. Never rejects. */
// one closure scope: the meaning of an attempt's end depends on all the others
// eslint-disable-next-line max-lines-per-function
export function hedgedAttempt(
  execution: Execution,
  pipeline: CompiledPipeline,
  hedge: Hedge,
): Promise<Outcome> {
  const { parts, guards, deps } = pipeline;
  const { clock, deadlines, shutdown } = deps;
  const { key, args } = execution.operation;
  let latencies: Latencies;
  try {
    latencies = key === undefined ? hedge.latencies.forCall(args) : hedge.latencies.forKey(key);
  } catch (error) {
    // of a user's `key` function, as where a guard asks for it
    execution.attempt++;
    return Promise.resolve({ kind: 'failed', error });
  }
  const runners = new Set<Runner>();
  const first = execution.attempt + 1;
  let hedgesLeft = hedge.options.maxHedges;
  let timer: Deadline | undefined;
  let isOver = false;

  // eslint-disable-next-line max-lines-per-function
  return new Promise((resolve) => {
    const notify = (type: 'hedge.started' | 'hedge.won', attempt: number) =>
      emitEvent(type, keyedParts(parts, keyOfAttempt(execution.operation, attempt)).family, deps, {
        attempt,
      });
    const record = (runner: Runner) => {
      if (runner.startedAt !== undefined) latencies.record(clock.now() - runner.startedAt);
      runner.startedAt = undefined;
    };
    const end = (runner: Runner, interruption: Interruption) => {
      record(runner);
      runner.interruption = interruption;
      runner.onInterrupt?.(interruption);
    };
    const stop = () => {
      isOver = true;
      timer?.cancelDeadline();
    };

    const start = () => {
      const number = ++execution.attempt;
      const runner: Runner = {
        number,
        last: number,
        startedAt: undefined,
        interruption: undefined,
        onInterrupt: undefined,
        onAnswer: () => win(runner),
        onFailover: (attempt) => void (runner.last = attempt),
      };
      runners.add(runner);
      void run(runner).then((outcome) => settle(runner, outcome));
    };
    /** Begins the wait for the next hedge: the attempt before it has been let in, and runs from now on. */
    const awaitHedge = () => {
      const { delay } = latencies;
      timer?.cancelDeadline();
      if (isOver || hedgesLeft === 0 || delay === undefined) return;
      if (delay === 0) startAnother();
      else timer = deadlines.of(delay).add(() => startAnother());
    };
    const run = async (target: Runner): Promise<Outcome> => {
      const admissions = new Admissions(execution, guards, parts, target);
      const asked = admissions.ask(target.number);
      const permit = asked instanceof Promise ? await asked : asked;
      if (!(permit instanceof Permit)) return permit;
      // no hedge begins once the application closes
      if (target.number !== first && shutdown.isDraining) end(target, SLOWER_ATTEMPT);
      if (target.interruption) {
        permit.cancel();
        return { kind: 'interrupted', error: target.interruption.error, by: 'lost' };
      }
      if (latencies.isLearning) target.startedAt = clock.now();
      const { number } = target;
      const kind = number === first ? execution.beginAttempt() : 'hedge';
      if (kind === 'hedge') execution.attemptsMade++;
      const running = makeAttempt(execution, pipeline, { target, number, permit, kind }, admissions);
      awaitHedge();
      return running;
    };
    /** Starts another attempt, if it may; `failure` is the error of the last one. */
    const startAnother = (failure?: { readonly error: unknown }): boolean => {
      timer?.cancelDeadline();
      if (isOver || hedgesLeft === 0 || !mayHedge(execution, parts, failure)) return false;
      hedgesLeft--;
      const number = execution.attempt + 1;
      start();
      notify('hedge.started', number);
      return true;
    };
    /** Takes the first success, or the first value of a stream, and ends the other attempts. */
    const win = (runner: Runner) => {
      if (isOver) return;
      stop();
      if (runner.number !== first) notify('hedge.won', runner.last);
      for (const other of runners) if (other !== runner) end(other, SLOWER_ATTEMPT);
      if (runners.has(runner)) execution.onAnswer();
    };
    const settle = (runner: Runner, outcome: Outcome) => {
      const { kind } = outcome;
      runners.delete(runner);
      if (kind === 'value') record(runner);
      if (runner.interruption?.by === 'lost') return;
      if (kind === 'value') win(runner);
      if (kind === 'failed') execution.remember(outcome);
      const isReplaced = kind === 'failed' && startAnother(outcome);
      if (kind !== 'interrupted' && !isOver && (isReplaced || runners.size > 0)) return;
      stop();
      execution.onInterrupt = undefined;
      resolve(outcome);
    };
    /** Ends one attempt with the interruption of the call, and stops the others. */
    execution.onInterrupt = (interruption) => {
      isOver = true;
      let how = interruption;
      for (const runner of runners) {
        end(runner, how);
        how = { by: 'lost', error: interruption.error };
      }
    };
    start();
  });
}
