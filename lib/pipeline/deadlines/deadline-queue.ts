import { AsyncResource } from 'node:async_hooks';
import type { Clock } from '../../clock/clock.js';
import { TICK_MS } from '../../clock/coarse-clock.js';
import { LinkedList } from '../../strategies/linked-list.js';
import type { ListNode } from '../../strategies/linked-list.js';
import { refTimer, unrefTimer } from '../../clock/system-clock.js';

/** The `at` of a deadline in the tail, which knows only that it began within the tick. */
const UNTIMED = -1;

/** From this many milliseconds on, a tick is at most a hundredth of a duration. */
const SHORTEST_UNTIMED = 100 * TICK_MS;

/**
 * A link in a {@link DeadlineQueue}; the owner of a deadline extends it, so that it costs one object. The queue's timer is
 * shared by many calls: it enters the async context in which the deadline was made before it calls the deadline.
 */
export abstract class Deadline extends AsyncResource implements ListNode<Deadline> {
  /** @internal */ place: DeadlineQueue | undefined = undefined;
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
    // most owners hear of the shutdown in another way
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

/** A billionth of a second: adding a number and subtracting it again may come out as much too short. */
const ROUNDING = 1e-6;

/** The services that a queue works with. */
export interface QueueDeps {
  readonly clock: Clock;
  /** True if reading the clock costs enough to be saved. */
  readonly savesReads: boolean;
  /** Called when no deadline is left in the queue. */
  readonly onEmpty: (queue: DeadlineQueue) => void;
}

/**
 * Deadlines of one duration. As all last equally long they fall due in the order in which they began, so one timer, set for the
 * first, serves them all: a call costs a node in a list instead of a timer.
 *
 * Long durations have an untimed tail: deadlines that began within the tick of another. Most of them are over before the tick
 * ends, and cost no clock read then. The others move into the list as if they began with its end: a deadline never fires early,
 * and late by one tick at most.
 */
export class DeadlineQueue {
  /** True once the queue is no longer in use: its owner asks for a new one. */
  isDropped = false;
  private readonly list = new LinkedList<Deadline>();
  private readonly tail = new LinkedList<Deadline>();
  private readonly hasTail: boolean;
  private isTicking = false;
  private tick: unknown;
  private timer: unknown;
  /** When the timer rings; Infinity without one. */
  private ringsAt = Infinity;

  constructor(
    readonly duration: number,
    private readonly deps: QueueDeps,
  ) {
    this.hasTail = deps.savesReads && duration >= SHORTEST_UNTIMED;
  }

  get isEmpty(): boolean {
    return this.list.first === undefined && this.tail.first === undefined;
  }

  /** True if {@link insertNow} reads no clock. */
  get isUntimed(): boolean {
    return this.hasTail;
  }

  /** Calls `onDeadline` once the duration is over, unless it is cancelled before. */
  add(onDeadline: () => void, start = this.deps.clock.now()): Deadline {
    const deadline = new CallbackDeadline(onDeadline);
    this.insert(deadline, start);
    return deadline;
  }

  /** Queues a deadline that begins now; where the queue has a tail it reads no clock for it. */
  insertNow(deadline: Deadline): void {
    if (this.isTicking) {
      deadline.place = this;
      deadline.at = UNTIMED;
      this.tail.add(deadline);
      return;
    }
    this.insert(deadline, this.deps.clock.now());
    if (!this.hasTail || this.isDropped) return;
    this.isTicking = true;
    this.tick = this.deps.clock.setTimeout(this.onTick, TICK_MS);
  }

  /** Queues a deadline that began at `start`: now, or a while ago. */
  insert(deadline: Deadline, start: number): void {
    deadline.place = this;
    // never early; a fraction would cost every deadline an object of its own
    deadline.at = Math.ceil(start + this.duration);
    const { last } = this.list;
    if (last !== undefined && last.at > deadline.at) this.overtake(last, deadline);
    else this.list.add(deadline);
    if (this.list.first === deadline) this.awaken(deadline.at);
  }

  /** @internal Use {@link Deadline.cancelDeadline}. */
  remove(deadline: Deadline): void {
    deadline.place = undefined;
    if (deadline.at === UNTIMED) this.tail.remove(deadline);
    else this.list.remove(deadline);
    if (this.isEmpty) this.deps.onEmpty(this);
  }

  /** The timer stays for the next call, but no longer holds the process open. */
  rest(): void {
    unrefTimer(this.timer);
  }

  /** Drops the timers and tells every deadline that the application closes. */
  end(): void {
    this.moveTail();
    for (let waiting = this.list.first; waiting; waiting = this.list.first) {
      const ended = waiting;
      this.remove(ended);
      ended.runInAsyncScope(() => ended.onShutdown());
    }
    this.stop();
  }

  /** Drops the timers; deadlines that are still queued never fall due. */
  stop(): void {
    this.deps.clock.clearTimeout(this.timer);
    this.deps.clock.clearTimeout(this.tick);
    this.isTicking = false;
    this.ringsAt = Infinity;
  }

  private overtake(last: Deadline, deadline: Deadline): void {
    let after = last;
    while (after.before && after.before.at > deadline.at) after = after.before;
    this.list.addBefore(after, deadline);
  }

  private awaken(at: number): void {
    if (this.ringsAt <= at) {
      refTimer(this.timer);
      return;
    }
    this.deps.clock.clearTimeout(this.timer);
    this.arm(at, at - this.deps.clock.now());
  }

  private arm(at: number, delay: number): void {
    this.ringsAt = at;
    this.timer = this.deps.clock.setTimeout(this.onTimer, Math.max(1, delay));
  }

  private readonly onTick = (): void => {
    this.isTicking = false;
    this.moveTail();
  };

  private moveTail(): void {
    for (let next = this.tail.shift(); next; next = this.tail.shift())
      this.insert(next, this.deps.clock.now());
  }

  private readonly onTimer = (): void => {
    this.ringsAt = Infinity;
    const now = this.deps.clock.now();
    for (let due = this.list.first; due && due.at <= now + ROUNDING; due = this.list.first) {
      const over = due;
      this.remove(over);
      // the timer is shared: each deadline is entered in the async context of its own call
      over.runInAsyncScope(() => over.onDeadline());
    }
    const { first } = this.list;
    if (first && this.ringsAt === Infinity) this.arm(first.at, first.at - now);
  };
}
