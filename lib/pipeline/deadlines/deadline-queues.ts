import type { Clock } from '../../clock/clock.js';
import type { CoarseClock } from '../../clock/coarse-clock.js';
import { DeadlineNursery, SHORTEST_NURSED } from '../deadline-nursery.js';
import type { NurseryHome } from '../deadline-nursery.js';
import { DeadlineQueue } from './deadline-queue.js';
import type { Deadline } from './deadline-queue.js';

/** So many empty queues are kept for the next call of their duration. */
const MOST_KEPT = 64;

/**
 * The deadline queues of an application, one per duration. A request may bring any duration: beyond a bound a queue is
 * dropped as soon as nobody is left in it, so that there are never many more of them than calls under way.
 */
export class DeadlineQueues implements NurseryHome {
  private readonly queues = new Map<number, DeadlineQueue>();
  /** @internal */ readonly busyNurseries = new Set<DeadlineNursery>();
  /** @internal */ isEnded = false;

  constructor(
    private readonly clock: Clock,
    private readonly coarse: CoarseClock,
  ) {}

  /** To be asked for each deadline: a queue that is empty may have been dropped. */
  of(duration: number): DeadlineQueue {
    return this.queues.get(duration) ?? this.open(duration);
  }

  /**
   * Where deadlines of a duration may stand before it is known when they began, for whoever has many of them; undefined
   * where that would matter, or save nothing.
   */
  newNursery(duration: number): DeadlineNursery | undefined {
    if (duration < SHORTEST_NURSED || !this.coarse.isCheaper) return undefined;
    return new DeadlineNursery(this.clock, duration, this);
  }

  /** @internal */
  promote(deadline: Deadline, duration: number): void {
    this.of(duration).insert(deadline, this.clock.now());
  }

  /** Drops all timers and tells everybody who has a deadline that the application closes. */
  end(): void {
    this.isEnded = true;
    for (const nursery of this.busyNurseries) nursery.empty();
    for (const queue of this.queues.values()) queue.end();
  }

  private open(duration: number): DeadlineQueue {
    if (this.queues.size >= MOST_KEPT) this.dropEmpty();
    const queue = new DeadlineQueue(this.clock, duration, this.onEmpty);
    this.queues.set(duration, queue);
    return queue;
  }

  private readonly onEmpty = (queue: DeadlineQueue): void => {
    // calls that the shutdown hooks of others make leave no timer either
    if (this.isEnded || this.queues.size > MOST_KEPT) this.drop(queue);
    else queue.rest();
  };

  private dropEmpty(): void {
    for (const queue of this.queues.values()) if (queue.isEmpty) this.drop(queue);
  }

  private drop(queue: DeadlineQueue): void {
    queue.stop();
    this.queues.delete(queue.duration);
  }
}
