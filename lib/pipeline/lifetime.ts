import { Chain, listener, tellAll } from './chain.js';
import type { Listener } from './chain.js';

/** The life of an application: everything that waits joins it, and is told when it ends. */
export class Lifetime {
  private readonly members = new Chain<Listener>();
  private ending = false;

  /** True once the application has begun to close: nothing waits or is repeated any more. */
  get isEnding(): boolean {
    return this.ending;
  }

  /** `onEnd` is called when the application closes, unless it leaves before. */
  join(onEnd: () => void): Listener {
    const member = listener(onEnd);
    this.members.add(member);
    return member;
  }

  leave(member: Listener): void {
    this.members.remove(member);
  }

  /** Ends every wait and running attempt. */
  end(): void {
    this.ending = true;
    tellAll(this.members);
  }
}
