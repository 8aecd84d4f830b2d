import type { Clock } from '../clock/clock.js';
import { refTimer, unrefTimer } from '../clock/system-clock.js';

/** A place in a {@link DeadlineQueue}; whoever has a deadline extends it, so that it costs one object. */
export abstract class Deadline {
  /** @internal */ queue: DeadlineQueue | undefined = undefined;
  /** @internal */ at = 0;
  /** @internal */ before: Deadline | undefined = undefined;
  /** @internal */ after: Deadline | undefined = undefined;

  /** Called once the duration is over, unless it was cancelled before. */
  abstract onDeadline(): void;

  /** Called when the application closes; the deadline never falls due then. */
  onShutdown(): void {
    // whoever is told of the end in another way need not be told here
  }

  /** Takes the deadline out of its queue; without effect if it has passed. */
  cancelDeadline(): void {
    this.queue?.remove(this);
  }
}

class CallbackDeadline extends Deadline {
  constructor(readonly onDeadline: () => void) {
    super();
  }
}

/**
 * Deadlines of one duration. As all last equally long they fall due in the order in which they came, so one
 * timer, set for the first, serves them all: a call costs a link in a list instead of a timer.
 */
export class DeadlineQueue {
  private first: Deadline | undefined;
  private last: Deadline | undefined;
  private timer: unknown;
  private isArmed = false;

  /** @param isKept - false for a queue that nobody will come back to: it drops its timer once it is empty */
  constructor(
    private readonly clock: Clock,
    private readonly duration: number,
    private readonly isKept = true,
  ) {}

  get isEmpty(): boolean {
    return this.first === undefined;
  }

  /** Calls `onDeadline` once the duration is over, unless it is cancelled before. */
  add(onDeadline: () => void, now = this.clock.now()): Deadline {
    const deadline = new CallbackDeadline(onDeadline);
    this.insert(deadline, now);
    return deadline;
  }

  /** Queues a deadline that begins `now`. */
  insert(deadline: Deadline, now: number): void {
    const { last } = this;
    deadline.queue = this;
    deadline.at = now + this.duration;
    deadline.before = last;
    this.last = deadline;
    if (last) last.after = deadline;
    else {
      this.first = deadline;
      this.awaken();
    }
  }

  /** @internal Use {@link Deadline.cancelDeadline}. */
  remove(deadline: Deadline): void {
    deadline.queue = undefined;
    if (deadline.before) deadline.before.after = deadline.after;
    else this.first = deadline.after;
    if (deadline.after) deadline.after.before = deadline.before;
    else this.last = deadline.before;
    // one that has grown old must not keep all that came after it alive
    deadline.before = undefined;
    deadline.after = undefined;
    if (this.first) return;
    // the timer stays for the next call, but no longer holds the process open
    if (this.isKept) unrefTimer(this.timer);
    else this.stop();
  }

  /** Drops the timer and tells everybody in the queue that the application closes. */
  end(): void {
    for (let waiting = this.first; waiting; waiting = this.first) {
      this.remove(waiting);
      waiting.onShutdown();
    }
    this.stop();
  }

  /** Drops the timer; deadlines that are still queued never fall due. */
  stop(): void {
    this.clock.clearTimeout(this.timer);
    this.isArmed = false;
  }

  private awaken(): void {
    if (this.isArmed) refTimer(this.timer);
    else this.arm(this.duration);
  }

  private arm(delay: number): void {
    this.isArmed = true;
    this.timer = this.clock.setTimeout(this.onTimer, delay);
  }

  private readonly onTimer = (): void => {
    this.isArmed = false;
    const now = this.clock.now();
    for (let due = this.first; due && due.at <= now; due = this.first) {
      this.remove(due);
      due.onDeadline();
    }
    if (this.first && !this.isArmed) this.arm(Math.max(1, this.first.at - now));
  };
}
