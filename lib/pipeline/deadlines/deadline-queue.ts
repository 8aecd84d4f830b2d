import { AsyncResource } from 'node:async_hooks';
import type { Clock } from '../../clock/clock.js';
import { TICK_MS } from '../../clock/coarse-clock.js';
import { SharedTimer } from '../../clock/shared-timer.js';
import { hasNodeTimers } from '../../clock/timers.js';
import { LinkedList } from '../../strategies/linked-list.js';
import type { ListNode } from '../../strategies/linked-list.js';

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
  // not stripped from the declarations: the interface asks for them
  before: Deadline | undefined = undefined;
  after: Deadline | undefined = undefined;

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

/** Tolerance of a billionth of a second: adding a number and subtracting it again may come out too short by as much. */
const ROUNDING = 1e-6;

/** The services that a queue works with. */
export interface QueueDeps {
  readonly clock: Clock;
  /** True if a read of the clock costs so much that long durations have an untimed tail. */
  readonly isDear: boolean;
  /** Called when no deadline is left in the queue. */
  readonly onEmpty: (queue: DeadlineQueue) => void;
}

/**
 * Deadlines of one duration. As all last equally long they fall due in the order in which they began, so one timer, set for the
 * first, serves them all: a call costs a node in a list instead of a timer.
 *
 * Long durations on a clock that is dear to read have an untimed tail: deadlines that began within the tick of another. Most of them are
 * over before the tick ends, and cost no clock read then. The others move into the list as if they began with its end: a deadline
 * never fires early, and late by one tick at most.
 */
export class DeadlineQueue {
  /** True once the queue is no longer in use: its owner asks for a new one. */
  isDropped = false;
  private readonly list = new LinkedList<Deadline>();
  private readonly tail = new LinkedList<Deadline>();
  private readonly hasTail: boolean;
  private readonly timer: SharedTimer;
  /** Ends the tick of the tail. */
  private readonly tick: SharedTimer;

  constructor(
    readonly duration: number,
    private readonly deps: QueueDeps,
  ) {
    const { clock, isDear } = deps;
    this.hasTail = isDear && duration >= SHORTEST_UNTIMED;
    this.timer = new SharedTimer(clock, () => this.onTimer());
    this.tick = new SharedTimer(clock, () => this.moveTail());
  }

  get isEmpty(): boolean {
    return this.list.first === undefined && this.tail.first === undefined;
  }

  /** Calls `onDeadline` once the duration is over, unless it is cancelled before. */
  add(onDeadline: () => void, start = this.deps.clock.now()): Deadline {
    const deadline = new CallbackDeadline(onDeadline);
    this.insert(deadline, start);
    return deadline;
  }

  /** Queues a deadline that begins now; within a tick it reads no clock for it. */
  insertNow(deadline: Deadline): void {
    if (this.tick.ringsAt !== Infinity && !this.tick.isLost) {
      deadline.place = this;
      deadline.at = UNTIMED;
      this.tail.add(deadline);
      return;
    }
    const now = this.deps.clock.now();
    this.insert(deadline, now);
    if (this.hasTail && !this.isDropped && hasNodeTimers()) this.tick.arm(now + TICK_MS);
  }

  /** Queues a deadline that began at `start`: now, or a while ago. */
  insert(deadline: Deadline, start: number): void {
    deadline.place = this;
    // never early; a fraction would cost every deadline an object of its own
    deadline.at = Math.ceil(start + this.duration);
    const { last } = this.list;
    if (last !== undefined && last.at > deadline.at) this.overtake(last, deadline);
    else this.list.add(deadline);
    if (this.list.first === deadline || this.timer.isLost) this.awaken();
  }

  /** @internal Use {@link Deadline.cancelDeadline}. */
  remove(deadline: Deadline): void {
    deadline.place = undefined;
    // the tail is emptied by its tick: most deadlines leave it before, and cost no more than this
    if (deadline.at === UNTIMED) this.tail.remove(deadline);
    else if (this.list.remove(deadline) && this.isEmpty) this.deps.onEmpty(this);
  }

  /** The timer stays for the next call, but no longer holds the process open. */
  rest(): void {
    this.timer.rest();
  }

  /** Drops the timers and notifies every deadline that the application closes. */
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
    this.timer.cancel();
    this.tick.cancel();
  }

  private overtake(last: Deadline, deadline: Deadline): void {
    let after = last;
    while (after.before && after.before.at > deadline.at) after = after.before;
    this.list.addBefore(after, deadline);
  }

  private awaken(): void {
    const { first } = this.list;
    // without a limit a deadline only waits for the shutdown
    if (first === undefined || first.at === Infinity) return;
    if (first.at < this.timer.ringsAt || this.timer.isLost) this.timer.arm(first.at);
    this.timer.ref();
  }

  private moveTail(): void {
    this.tick.cancel();
    for (let next = this.tail.shift(); next; next = this.tail.shift())
      this.insert(next, this.deps.clock.now());
    if (this.isEmpty) this.deps.onEmpty(this);
  }

  private onTimer(): void {
    const now = this.deps.clock.now();
    for (let due = this.list.first; due && due.at <= now + ROUNDING; due = this.list.first) {
      const over = due;
      this.remove(over);
      // the timer is shared: each deadline is entered in the async context of its own call
      over.runInAsyncScope(() => over.onDeadline());
    }
    this.awaken();
  }
}
