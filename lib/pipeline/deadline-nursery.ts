import type { Clock } from '../clock/clock.js';
import { TICK_MS } from '../clock/coarse-clock.js';
import { Chain } from '../strategies/chain.js';
import type { Deadline, DeadlinePlace } from './deadline-queue.js';

/** From this many milliseconds on, a tick is at most a hundredth of a duration. */
export const SHORTEST_NURSED = 100 * TICK_MS;

/**
 * Deadlines of one duration that have only just begun. Most calls are over before the tick that would have to know when
 * they began, and cost no clock read then; those that are not move on to the queue, as if they began with the tick.
 * So a deadline is never early, and late by one tick at most.
 */
export class DeadlineNursery implements DeadlinePlace {
  private readonly chain = new Chain<Deadline>();
  private isTicking = false;
  private timer: unknown;

  /**
   * @param busy - where it is to be found while somebody may be in it
   * @param promote - queues a deadline that begins now
   */
  constructor(
    private readonly clock: Clock,
    private readonly busy: Set<DeadlineNursery>,
    private readonly promote: (deadline: Deadline) => void,
  ) {}

  add(deadline: Deadline): void {
    deadline.place = this;
    this.chain.add(deadline);
    if (!this.isTicking) this.start();
  }

  /** @internal Use {@link Deadline.cancelDeadline}. */
  remove(deadline: Deadline): void {
    deadline.place = undefined;
    this.chain.remove(deadline);
  }

  /** Moves all on at once. */
  empty(): void {
    this.clock.clearTimeout(this.timer);
    this.onTick();
  }

  private start(): void {
    this.isTicking = true;
    this.busy.add(this);
    this.timer = this.clock.setTimeout(this.onTick, TICK_MS);
  }

  private readonly onTick = (): void => {
    this.isTicking = false;
    this.busy.delete(this);
    for (let next = this.chain.shift(); next; next = this.chain.shift()) this.promote(next);
  };
}
