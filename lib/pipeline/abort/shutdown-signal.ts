import { Listeners } from './listeners.js';
import type { Listener } from './listeners.js';

/** The life of an application: everything that waits joins it, and is told when it ends. */
export class ShutdownSignal {
  private readonly members = new Listeners();
  private ending = false;

  /** True once the application has begun to close: nothing waits or is repeated any more. */
  get isEnding(): boolean {
    return this.ending;
  }

  /** `onEnd` is called when the application closes, unless it leaves before. */
  join(onEnd: () => void): Listener {
    return this.members.listen(onEnd);
  }

  leave(member: Listener): void {
    this.members.remove(member);
  }

  /** Ends every wait and running attempt. */
  end(): void {
    this.ending = true;
    this.members.tellAll();
  }
}
