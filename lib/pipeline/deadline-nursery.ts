import type { Clock } from '../clock/clock.js';
import { TICK_MS } from '../clock/coarse-clock.js';
import { LinkedList } from '../strategies/linked-list.js';
import type { Deadline, DeadlinePlace } from './deadlines/deadline-queue.js';

/** From this many milliseconds on, a tick is at most a hundredth of a duration. */
export const SHORTEST_NURSED = 100 * TICK_MS;

/** Where those go who have grown out of a nursery. */
export interface NurseryHome {
  readonly isEnded: boolean;
  /** Nurseries that somebody may be in. */
  readonly busyNurseries: Set<DeadlineNursery>;
  /** Queues a deadline that begins now. */
  promote(deadline: Deadline, duration: number): void;
}

/**
 * Deadlines of one duration that began shortly after another. The first begins a tick, and is queued at once; of those
 * that follow within the tick most are over before it ends, and cost no clock read then. Those that are not move on to
 * the queue, as if they began with its end: a deadline is never early, and late by one tick at most.
 */
export class DeadlineNursery implements DeadlinePlace {
  private readonly chain = new LinkedList<Deadline>();
  private isTicking = false;
  private timer: unknown;

  constructor(
    private readonly clock: Clock,
    private readonly duration: number,
    private readonly home: NurseryHome,
  ) {}

  add(deadline: Deadline): void {
    if (!this.isTicking) {
      this.start(deadline);
      return;
    }
    deadline.place = this;
    this.chain.add(deadline);
  }

  /** @internal Use {@link Deadline.cancelDeadline}. */
  remove(deadline: Deadline): void {
    deadline.place = undefined;
    this.chain.remove(deadline);
  }

  /** Ends the tick: all move on. */
  empty(): void {
    this.clock.clearTimeout(this.timer);
    this.onTick();
  }

  private start(first: Deadline): void {
    this.home.promote(first, this.duration);
    if (this.home.isEnded) return;
    this.isTicking = true;
    this.home.busyNurseries.add(this);
    this.timer = this.clock.setTimeout(this.onTick, TICK_MS);
  }

  private readonly onTick = (): void => {
    this.isTicking = false;
    this.home.busyNurseries.delete(this);
    for (let next = this.chain.shift(); next; next = this.chain.shift())
      this.home.promote(next, this.duration);
  };
}
