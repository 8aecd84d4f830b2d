import type { Clock } from '../clock/clock.js';
import { refTimer, unrefTimer } from '../clock/system-clock.js';

/** A place in a {@link DeadlineQueue}. */
export interface Deadline {
  readonly queue: DeadlineQueue;
  readonly at: number;
  readonly onDeadline: () => void;
  before: Deadline | undefined;
  after: Deadline | undefined;
  isQueued: boolean;
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

  /** Calls `onDeadline` once the duration is over, unless it is removed before. */
  add(onDeadline: () => void, now = this.clock.now()): Deadline {
    const at = now + this.duration;
    const deadline: Deadline = {
      queue: this,
      at,
      onDeadline,
      before: this.last,
      after: undefined,
      isQueued: true,
    };
    if (this.last) this.last.after = deadline;
    else this.first = deadline;
    this.last = deadline;
    if (this.first === deadline) this.awaken();
    return deadline;
  }

  /** Takes a deadline out; without effect if it has passed. */
  remove(deadline: Deadline): void {
    if (!deadline.isQueued) return;
    deadline.isQueued = false;
    if (deadline.before) deadline.before.after = deadline.after;
    else this.first = deadline.after;
    if (deadline.after) deadline.after.before = deadline.before;
    else this.last = deadline.before;
    // the timer stays for the next call, but no longer holds the process open
    if (!this.first && this.isKept) unrefTimer(this.timer);
    else if (!this.first) this.stop();
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
