import { announce } from '../../events/announce.js';
import type { Hedge } from '../../strategies/hedge/hedge.js';
import { admit } from '../acquire.js';
import type { Call } from '../execution.js';
import type { Deadline } from '../deadlines/deadline-queue.js';
import type { Interruption, Outcome, InterruptTarget } from '../outcome.js';
import { mayHedge } from './may-hedge.js';
import { Permit } from '../guards/permit.js';
import type { PipelineParts } from '../pipeline-parts.js';
import { race } from './run-attempt.js';
import { stateFor } from '../operation.js';

/** With what the attempts that were slower are ended; ready-made, as an exception of its own costs more than the rest. */
const LOST: Interruption = {
  by: 'lost',
  error: new DOMException('Another attempt of the call was faster', 'AbortError'),
};

/** An attempt of a round. */
interface Runner extends InterruptTarget {
  readonly number: number;
  startedAt: number | undefined;
}

/** An attempt, and others beside it when it takes long or fails: the first success counts. Never rejects. */
// one closure scope: what the end of an attempt means depends on all the others
// eslint-disable-next-line max-lines-per-function
export function hedgedAttempt(call: Call, parts: PipelineParts, hedge: Hedge): Promise<Outcome> {
  const { clock, deadlines } = parts.tools;
  const latencies = stateFor(hedge.latencies, call.task);
  const runners = new Set<Runner>();
  const first = call.attempt + 1;
  let hedgesLeft = hedge.options.maxHedges;
  let timer: Deadline | undefined;
  let isOver = false;

  // eslint-disable-next-line max-lines-per-function
  return new Promise((resolve) => {
    const tell = (type: 'hedge.started' | 'hedge.won', attempt: number) =>
      announce(type, hedge.label, parts.tools, { attempt });
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
      const runner: Runner = {
        number: ++call.attempt,
        startedAt: undefined,
        interruption: undefined,
        onInterrupt: undefined,
        onAnswer: () => win(runner),
      };
      runners.add(runner);
      void run(runner).then((outcome) => settle(runner, outcome));
      const { delay } = latencies;
      if (isOver || hedgesLeft === 0 || delay === undefined) return;
      if (delay === 0) startAnother();
      else timer = deadlines.of(delay).add(() => startAnother());
    };
    const run = async (seat: Runner): Promise<Outcome> => {
      const asked = admit(call, parts, seat);
      const permit = asked instanceof Promise ? await asked : asked;
      if (!(permit instanceof Permit)) return permit;
      if (seat.interruption) return permit.interrupt('lost', seat.interruption.error);
      if (latencies.isLearning) seat.startedAt = clock.now();
      return race(call, parts, { seat, number: seat.number, permit });
    };
    /** Starts another attempt, if it may; `failure` is what the last one failed with. */
    const startAnother = (failure?: { readonly error: unknown }): boolean => {
      timer?.cancelDeadline();
      if (isOver || hedgesLeft === 0 || !mayHedge(call, parts, failure)) return false;
      hedgesLeft--;
      tell('hedge.started', call.attempt + 1);
      start();
      return true;
    };
    /** The first success, or the first value of a stream: the others are ended. */
    const win = (runner: Runner) => {
      if (isOver) return;
      stop();
      if (runner.number !== first) tell('hedge.won', runner.number);
      for (const other of runners) if (other !== runner) end(other, LOST);
      if (runners.has(runner)) call.onAnswer();
    };
    const settle = (runner: Runner, outcome: Outcome) => {
      const { kind } = outcome;
      runners.delete(runner);
      if (kind === 'value') record(runner);
      if (runner.interruption?.by === 'lost') return;
      if (kind === 'value') win(runner);
      if (kind === 'failed') call.remember(outcome);
      const isReplaced = kind === 'failed' && startAnother(outcome);
      if (kind !== 'interrupted' && !isOver && (isReplaced || runners.size > 0)) return;
      stop();
      call.onInterrupt = undefined;
      resolve(outcome);
    };
    /** The call itself is ended: one of its attempts tells so, and the others just end. */
    call.onInterrupt = (interruption) => {
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
