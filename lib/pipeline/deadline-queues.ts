import type { Clock } from '../clock/clock.js';
import { DeadlineQueue } from './deadline-queue.js';

const MOST_QUEUES = 64;

/** The deadline queues of an application, one per duration; bounded, as a request may bring any duration. */
export class DeadlineQueues {
  private readonly queues = new Map<number, DeadlineQueue>();

  constructor(private readonly clock: Clock) {}

  of(duration: number): DeadlineQueue {
    return this.queues.get(duration) ?? this.open(duration);
  }

  /** Drops all timers and tells everybody who has a deadline that the application closes. */
  end(): void {
    for (const queue of this.queues.values()) queue.end();
  }

  private open(duration: number): DeadlineQueue {
    if (this.queues.size >= MOST_QUEUES) this.dropEmpty();
    const isKept = this.queues.size < MOST_QUEUES;
    const queue = new DeadlineQueue(this.clock, duration, isKept);
    if (isKept) this.queues.set(duration, queue);
    return queue;
  }

  private dropEmpty(): void {
    for (const [duration, queue] of this.queues) {
      if (!queue.isEmpty) continue;
      queue.stop();
      this.queues.delete(duration);
    }
  }
}
