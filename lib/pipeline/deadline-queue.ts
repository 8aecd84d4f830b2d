import type { Clock } from '../clock/clock.js';
import { Chain } from './chain.js';
import type { Link } from './chain.js';
import { refTimer, unrefTimer } from '../clock/system-clock.js';

/** A place in a {@link DeadlineQueue}. */
export interface Deadline extends Link<Deadline> {
  readonly queue: DeadlineQueue;
  readonly at: number;
  readonly onDeadline: () => void;
}

/**
 * Deadlines of one duration. As all last equally long they fall due in the order in which they came, so one
 * timer, set for the first, serves them all: a call costs a link in a list instead of a timer.
 */
export class DeadlineQueue {
  private readonly chain = new Chain<Deadline>();
  private timer: unknown;
  private isArmed = false;

  /** @param isKept - false for a queue that nobody will come back to: it drops its timer once it is empty */
  constructor(
    private readonly clock: Clock,
    private readonly duration: number,
    private readonly isKept = true,
  ) {}

  get isEmpty(): boolean {
    return this.chain.first === undefined;
  }

  /** Calls `onDeadline` once the duration is over, unless it is removed before. */
  add(onDeadline: () => void, now = this.clock.now()): Deadline {
    const at = now + this.duration;
    const deadline: Deadline = {
      queue: this,
      at,
      onDeadline,
      before: undefined,
      after: undefined,
      isLinked: false,
    };
    this.chain.add(deadline);
    if (this.chain.first === deadline) this.awaken();
    return deadline;
  }

  /** Takes a deadline out; without effect if it has passed. */
  remove(deadline: Deadline): void {
    if (!this.chain.remove(deadline) || !this.isEmpty) return;
    // the timer stays for the next call, but no longer holds the process open
    if (this.isKept) unrefTimer(this.timer);
    else this.stop();
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
    for (let due = this.chain.first; due && due.at <= now; due = this.chain.first) {
      this.remove(due);
      due.onDeadline();
    }
    const { first } = this.chain;
    if (first && !this.isArmed) this.arm(Math.max(1, first.at - now));
  };
}
