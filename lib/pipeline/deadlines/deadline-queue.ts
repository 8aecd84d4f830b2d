import { AsyncResource } from 'node:async_hooks';
import type { Clock } from '../../clock/clock.js';
import { LinkedList } from '../../strategies/linked-list.js';
import type { ListNode } from '../../strategies/linked-list.js';
import { refTimer, unrefTimer } from '../../clock/system-clock.js';

/** Where a deadline stands. */
export interface DeadlinePlace {
  remove(deadline: Deadline): void;
}

/**
 * A link in a {@link DeadlineQueue}; the owner of a deadline extends it, so that it costs one object. The queue's timer is
 * shared by many calls: it enters the async context in which the deadline was made before it calls the deadline.
 */
export abstract class Deadline extends AsyncResource implements ListNode<Deadline> {
  /** @internal */ place: DeadlinePlace | undefined = undefined;
  /** @internal */ at = 0;
  /** @internal */ before: Deadline | undefined = undefined;
  /** @internal */ after: Deadline | undefined = undefined;

  constructor() {
    super('BreakwaterDeadline');
  }

  /** Called once the duration is over, unless it was cancelled before. */
  abstract onDeadline(): void;

  /** Called when the application closes; the deadline never falls due then. */
  onShutdown(): void {
    // whoever is told of the end in another way need not be told here
  }

  /** Takes the deadline out of its place; without effect if it has passed. */
  cancelDeadline(): void {
    this.place?.remove(this);
  }
}

class CallbackDeadline extends Deadline {
  constructor(readonly onDeadline: () => void) {
    super();
  }
}

/** A billionth of a second: adding what was subtracted may come out as much too short. */
const HAIR = 1e-6;

/**
 * Deadlines of one duration. As all last equally long they fall due in the order in which they began, so one
 * timer, set for the first, serves them all: a call costs a link in a list instead of a timer.
 */
export class DeadlineQueue implements DeadlinePlace {
  private readonly chain = new LinkedList<Deadline>();
  private timer: unknown;
  /** When the timer rings; Infinity without one. */
  private ringsAt = Infinity;

  /** @param onEmpty - told when nobody is left in the queue */
  constructor(
    private readonly clock: Clock,
    readonly duration: number,
    private readonly onEmpty: (queue: DeadlineQueue) => void,
  ) {}

  get isEmpty(): boolean {
    return this.chain.first === undefined;
  }

  /** Calls `onDeadline` once the duration is over, unless it is cancelled before. */
  add(onDeadline: () => void, start = this.clock.now()): Deadline {
    const deadline = new CallbackDeadline(onDeadline);
    this.insert(deadline, start);
    return deadline;
  }

  /** Queues a deadline that began at `start`: now, or a while ago. */
  insert(deadline: Deadline, start: number): void {
    deadline.place = this;
    // never early; a fraction would cost every deadline an object of its own
    deadline.at = Math.ceil(start + this.duration);
    const { last } = this.chain;
    if (last !== undefined && last.at > deadline.at) this.overtake(last, deadline);
    else this.chain.add(deadline);
    if (this.chain.first === deadline) this.awaken(deadline.at);
  }

  private overtake(last: Deadline, deadline: Deadline): void {
    let after = last;
    while (after.before && after.before.at > deadline.at) after = after.before;
    this.chain.addBefore(after, deadline);
  }

  /** @internal Use {@link Deadline.cancelDeadline}. */
  remove(deadline: Deadline): void {
    deadline.place = undefined;
    this.chain.remove(deadline);
    if (this.isEmpty) this.onEmpty(this);
  }

  /** The timer stays for the next call, but no longer holds the process open. */
  rest(): void {
    unrefTimer(this.timer);
  }

  /** Drops the timer and tells everybody in the queue that the application closes. */
  end(): void {
    for (let waiting = this.chain.first; waiting; waiting = this.chain.first) {
      this.remove(waiting);
      waiting.runInAsyncScope(() => waiting.onShutdown());
    }
    this.stop();
  }

  /** Drops the timer; deadlines that are still queued never fall due. */
  stop(): void {
    this.clock.clearTimeout(this.timer);
    this.ringsAt = Infinity;
  }

  private awaken(at: number): void {
    if (this.ringsAt <= at) {
      refTimer(this.timer);
      return;
    }
    this.stop();
    this.arm(at, at - this.clock.now());
  }

  private arm(at: number, delay: number): void {
    this.ringsAt = at;
    this.timer = this.clock.setTimeout(this.onTimer, Math.max(1, delay));
  }

  private readonly onTimer = (): void => {
    this.ringsAt = Infinity;
    const now = this.clock.now();
    for (let due = this.chain.first; due && due.at <= now + HAIR; due = this.chain.first) {
      this.remove(due);
      due.runInAsyncScope(() => due.onDeadline());
    }
    const { first } = this.chain;
    if (first && this.ringsAt === Infinity) this.arm(first.at, first.at - now);
  };
}
