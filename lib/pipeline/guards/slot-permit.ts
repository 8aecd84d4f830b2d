import { MUST_WAIT } from '../../strategies/guard.js';
import type { Guard } from '../../strategies/guard.js';
import { Waiter } from '../../strategies/linked-list.js';
import type { CallFigures } from '../../telemetry/call-figures.js';
import { Permit } from './permit.js';
import type { AttemptSlot } from './permit.js';
import { refuse } from './refuse.js';

/**
 * The permit of a slot. It goes back once the attempt is over and no holder is left: a body that is being read still needs the
 * connection. The guards before it hear the outcome first, so that the next in the queue asks a circuit that knows it.
 */
class SlotPermit extends Permit implements AttemptSlot {
  private holders = 0;
  private isSettled = false;
  /** Set while the attempt waits for the slot of another place. */
  private leaveQueue: (() => void) | undefined = undefined;

  override get slot(): AttemptSlot {
    return this;
  }

  override succeed(): void {
    this.before?.succeed();
    this.settle();
  }

  override fail(error: unknown): void {
    this.before?.fail(error);
    this.settle();
  }

  override release(): void {
    this.before?.release();
    this.settle();
  }

  override cancel(): void {
    this.before?.cancel();
    this.settle();
  }

  hold(): void {
    this.holders++;
  }

  letGo(): void {
    this.holders--;
    if (this.isSettled && this.holders === 0) this.giveBack();
  }

  private settle(): void {
    this.isSettled = true;
    this.leaveQueue?.();
    if (this.holders === 0) this.giveBack();
  }

  goTo(place: Guard, figures?: CallFigures): Promise<void> | undefined {
    this.giveBack();
    const number = place.acquire();
    if (number === MUST_WAIT) return this.waitFor(place, figures);
    if (number < 0) throw refuse(place, undefined, figures);
    this.guard = place;
    return undefined;
  }

  private giveBack(): void {
    const { guard } = this;
    if (guard === undefined) return;
    this.guard = undefined;
    guard.release(this.number);
  }

  private waitFor(place: Guard, figures: CallFigures | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter = new Waiter(() => {
        this.leaveQueue = undefined;
        this.guard = place;
        resolve();
      });
      // an attempt that is over is waited for by nothing: the promise stays as it is
      this.leaveQueue = () => void place.dequeue(waiter);
      if (!place.enqueue(waiter, 0)) reject(refuse(place, undefined, figures));
    });
  }
}

/** Makes the permit that a guard has issued. */
export function newPermit(guard: Guard, number: number, before: Permit | undefined): Permit {
  return guard.isHeldOn ? new SlotPermit(guard, number, before) : new Permit(guard, number, before);
}
