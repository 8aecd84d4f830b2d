import type { Clock } from '../../clock/clock.js';
import { systemClock } from '../../clock/system-clock.js';
import { DeadlineQueue } from './deadline-queue.js';
import type { QueueDeps } from './deadline-queue.js';

/** Number of empty queues that are kept for the next call of their duration. */
const MOST_KEPT = 64;

/**
 * The deadline queues of an application, one per duration. A request may bring any duration: beyond a bound a queue is dropped
 * as soon as no deadline is left in it, so that there are never many more of them than calls under way.
 */
export class DeadlineQueues {
  private readonly queues = new Map<number, DeadlineQueue>();
  private readonly deps: QueueDeps;
  private isEnded = false;

  /** @param isDear - true if a read of the clock costs more than the rest of a call; a clock moved by hand is cheap */
  constructor(clock: Clock, isDear = clock === systemClock) {
    this.deps = { clock, isDear, onEmpty: (queue) => this.onEmpty(queue) };
  }

  /** The queue of a duration. An owner that keeps it asks again once it is dropped. */
  of(duration: number): DeadlineQueue {
    return this.queues.get(duration) ?? this.open(duration);
  }

  /** Calls `ring` after so many milliseconds, in the async context of this moment, unless the returned function is called before. */
  ringAfter(ms: number, ring: () => void): () => void {
    const deadline = this.of(ms).add(ring);
    return () => deadline.cancelDeadline();
  }

  /** Drops all timers and notifies every deadline that the application closes. */
  end(): void {
    this.isEnded = true;
    for (const queue of this.queues.values()) {
      queue.end();
      this.drop(queue);
    }
  }

  private open(duration: number): DeadlineQueue {
    if (this.queues.size >= MOST_KEPT) this.dropEmpty();
    const queue = new DeadlineQueue(duration, this.deps);
    this.queues.set(duration, queue);
    return queue;
  }

  private onEmpty(queue: DeadlineQueue): void {
    // calls that the shutdown hooks of others make leave no timer either
    if (this.isEnded || this.queues.size > MOST_KEPT) this.drop(queue);
    else queue.rest();
  }

  private dropEmpty(): void {
    for (const queue of this.queues.values()) if (queue.isEmpty) this.drop(queue);
  }

  private drop(queue: DeadlineQueue): void {
    queue.stop();
    queue.isDropped = true;
    this.queues.delete(queue.duration);
  }
}
