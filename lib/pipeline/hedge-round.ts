import type { Hedge } from '../strategies/hedge/hedge.js';
import type { Latencies } from '../strategies/hedge/latencies.js';
import { admit } from './admit.js';
import { announceHedge } from './announce.js';
import type { Call } from './call.js';
import type { Deadline } from './deadline-queue.js';
import type { Interruption, Outcome, Seat } from './outcome.js';
import { mayHedge } from './may-hedge.js';
import { Permit } from './permit.js';
import type { PipelineParts } from './pipeline-parts.js';
import { race } from './race.js';

/** With what the attempts that were slower are ended; ready-made, as an exception of its own costs more than the rest. */
const LOST: Interruption = {
  by: 'lost',
  error: new DOMException('Another attempt of the call was faster', 'AbortError'),
};

/** An attempt of a round. */
interface Runner extends Seat {
  readonly number: number;
  startedAt: number | undefined;
}

/** An attempt, and others beside it when it takes long or fails: the first success counts. Never rejects. */
export function hedgedAttempt(call: Call, parts: PipelineParts, hedge: Hedge): Promise<Outcome> {
  return new Promise((resolve) => new HedgeRound(call, parts, hedge, resolve).begin());
}

class HedgeRound {
  private readonly runners = new Set<Runner>();
  private readonly latencies: Latencies;
  private readonly first: number;
  private hedgesLeft: number;
  private timer: Deadline | undefined = undefined;
  private isOver = false;

  constructor(
    private readonly call: Call,
    private readonly parts: PipelineParts,
    hedge: Hedge,
    private readonly resolve: (outcome: Outcome) => void,
  ) {
    const { task } = call;
    const { latencies, options } = hedge;
    this.latencies = task.key === undefined ? latencies.forCall(task.args) : latencies.forKey(task.key);
    this.hedgesLeft = options.maxHedges;
    this.first = call.attempt + 1;
  }

  begin(): void {
    this.call.onInterrupt = (interruption) => this.interrupt(interruption);
    this.start();
    this.setTimer();
  }

  private start(): void {
    const runner: Runner = {
      number: ++this.call.attempt,
      startedAt: undefined,
      interruption: undefined,
      onInterrupt: undefined,
      onAnswer: () => this.win(runner),
    };
    this.runners.add(runner);
    void this.run(runner).then((outcome) => this.settle(runner, outcome));
  }

  private async run(seat: Runner): Promise<Outcome> {
    const { call, parts } = this;
    const asked = admit(call, parts, seat);
    const permit = asked instanceof Promise ? await asked : asked;
    if (!(permit instanceof Permit)) return permit;
    if (seat.interruption) return permit.interrupt('lost', seat.interruption.error);
    if (this.latencies.isLearning) seat.startedAt = parts.tools.clock.now();
    return race(call, parts, { seat, number: seat.number, permit });
  }

  private setTimer(): void {
    const { delay } = this.latencies;
    if (this.isOver || this.hedgesLeft === 0 || delay === undefined) return;
    if (delay === 0) this.startAnother();
    else this.timer = this.parts.tools.deadlines.of(delay).add(() => this.startAnother());
  }

  /** Starts another attempt, if it may; `failure` is what the last one failed with. */
  private startAnother(failure?: { readonly error: unknown }): boolean {
    this.timer?.cancelDeadline();
    if (this.isOver || this.hedgesLeft === 0 || !mayHedge(this.call, this.parts, failure)) return false;
    this.hedgesLeft--;
    announceHedge(this.parts, 'hedge.started', this.call.attempt + 1);
    this.start();
    this.setTimer();
    return true;
  }

  private settle(runner: Runner, outcome: Outcome): void {
    this.runners.delete(runner);
    if (outcome.kind === 'value') this.record(runner);
    if (runner.interruption?.by === 'lost') return;
    if (outcome.kind === 'value') this.win(runner);
    if (outcome.kind === 'interrupted' || this.isOver || !this.goesOn(outcome)) this.finish(outcome);
  }

  /** True if somebody else runs or will run. */
  private goesOn(outcome: Outcome): boolean {
    if (outcome.kind === 'failed') this.call.remember(outcome.error);
    const isReplaced = outcome.kind === 'failed' && this.startAnother(outcome);
    return isReplaced || this.runners.size > 0;
  }

  /** The first success, or the first value of a stream: the others are ended. */
  private win(runner: Runner): void {
    if (this.isOver) return;
    this.isOver = true;
    this.timer?.cancelDeadline();
    if (runner.number !== this.first) announceHedge(this.parts, 'hedge.won', runner.number);
    for (const other of this.runners) if (other !== runner) this.end(other, LOST);
    if (this.runners.has(runner)) this.call.onAnswer();
  }

  private finish(outcome: Outcome): void {
    this.isOver = true;
    this.timer?.cancelDeadline();
    this.call.onInterrupt = undefined;
    this.resolve(outcome);
  }

  /** The call itself is ended: one of its attempts tells so, and the others just end. */
  private interrupt(interruption: Interruption): void {
    this.isOver = true;
    let how = interruption;
    for (const runner of this.runners) {
      this.end(runner, how);
      how = { by: 'lost', error: interruption.error };
    }
  }

  private end(runner: Runner, interruption: Interruption): void {
    this.record(runner);
    runner.interruption = interruption;
    runner.onInterrupt?.(interruption);
  }

  private record(runner: Runner): void {
    if (runner.startedAt === undefined) return;
    this.latencies.record(this.parts.tools.clock.now() - runner.startedAt);
    runner.startedAt = undefined;
  }
}
