import type { Clock } from '../../clock/clock.js';
import { Listeners } from './listeners.js';
import type { Listener } from './listeners.js';

/** So long a transport has to send the last replies before it closes, in milliseconds. */
const REPLY_MS = 100;

/**
 * The end of an application, in two steps. Once it drains, pauses between attempts end and no retry or hedge begins; running
 * attempts, and first attempts that wait, go on. Once it is over, everything ends.
 */
export class ShutdownSignal {
  private readonly pauses = new Listeners();
  private readonly members = new Listeners();
  private draining = false;
  private over = false;
  private closed = false;
  private timer: unknown;
  private readonly idle = new Listeners();
  private begun = 0;
  /** Calls that have ended, or are streams that have yielded their first value. */
  private ended = 0;

  /**
   * @param grace - how long running attempts may go on, in milliseconds
   * @param cutsOffAll - true if the end of the grace also ends attempts without a time limit: each call costs a promise more
   */
  constructor(
    private readonly clock: Clock,
    private readonly grace: number,
    readonly cutsOffAll: boolean,
  ) {}

  /** True once the application has begun to close: no retry and no hedge begins any more. */
  get isDraining(): boolean {
    return this.draining;
  }

  /** True once the grace is over: no call waits any more. Calls that other shutdown hooks make still begin. */
  get isOver(): boolean {
    return this.over;
  }

  /** True once the application has closed: no call begins any more. */
  get isClosed(): boolean {
    return this.closed;
  }

  /** Calls under way, without streams that have yielded a value: the application waits for them. */
  get callsRunning(): number {
    return this.begun - this.ended;
  }

  /** Counts a call that begins. */
  enter(): void {
    this.begun++;
  }

  /** Counts a call off that has ended, or is a stream that has yielded its first value. */
  leave(): void {
    if (++this.ended === this.begun) this.idle.notifyAll();
  }

  /** Calls `onDrain` once the application begins to close. */
  joinPause(onDrain: () => void): Listener {
    return this.pauses.listen(onDrain);
  }

  leavePause(pause: Listener): void {
    this.pauses.remove(pause);
  }

  /** Calls `onEnd` once the grace is over. */
  join(onEnd: () => void): Listener {
    return this.members.listen(onEnd);
  }

  leaveMember(member: Listener): void {
    this.members.remove(member);
  }

  /** Begins to drain: ends every pause; ends everything after the grace. */
  drain(onOver: () => void): void {
    if (this.draining) return;
    this.draining = true;
    this.pauses.notifyAll();
    if (this.grace === 0) onOver();
    else this.timer = this.clock.setTimeout(onOver, this.grace);
  }

  /** Resolves once no call runs any more, or the grace is over. */
  whenIdle(): Promise<void> {
    if (this.over || this.callsRunning === 0) return Promise.resolve();
    return new Promise((resolve) => void this.idle.listen(resolve));
  }

  /**
   * Resolves once no call runs any more and the replies of the last ones have left, or the grace is over. A call that has ended
   * just before the application began to close has a reply under way, too.
   */
  async whenReplied(): Promise<void> {
    await this.whenIdle();
    if (this.begun === 0 || this.over) return;
    await new Promise<void>((resolve) => {
      const timer = this.clock.setTimeout(() => {
        this.leaveMember(member);
        resolve();
      }, REPLY_MS);
      const member = this.join(() => {
        this.clock.clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Lets no call begin any more. */
  close(): void {
    this.closed = true;
  }

  /** Ends every wait and every attempt that can be ended. */
  end(): void {
    this.draining = true;
    this.over = true;
    this.clock.clearTimeout(this.timer);
    this.pauses.notifyAll();
    this.members.notifyAll();
    this.idle.notifyAll();
  }
}
