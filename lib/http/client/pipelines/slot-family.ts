import type { Guard, GuardFamily } from '../../../strategies/guard.js';
import { NO_SLOTS } from '../../transports/undici/origin-slots.js';
import type { PoolLimits, UndiciPools } from '../../transports/undici/undici-pools.js';

/** The slots of a client's connections, as the last guard of its pipelines: the origin of a request finds them. */
export class SlotFamily implements GuardFamily {
  readonly isDropped = false;
  readonly isIdle = true;
  readonly isFoundByArguments = true;
  /** False while requests go another way, such as over a dispatcher: their connections are not this client's business. */
  isInUse: () => boolean = () => true;

  private last: readonly unknown[] = [];

  constructor(
    readonly name: string,
    private readonly pools: UndiciPools,
  ) {}

  /** The arguments by which a call finds the slots of an origin; calls to one origin after the other share them. */
  argumentsFor(origin: string): readonly unknown[] {
    return this.last[0] === origin ? this.last : (this.last = [origin]);
  }

  /** The slots of the origin that is the first argument of a call; a call without one needs none. */
  forCall([origin]: readonly unknown[]): Guard {
    return typeof origin === 'string' ? this.forKey(origin) : NO_SLOTS;
  }

  forKey(origin: string): Guard {
    return this.isInUse() ? this.pools.slotsOf(origin) : NO_SLOTS;
  }

  /** The bounds of the pools: those of the circuits. */
  limit(limits: PoolLimits): void {
    this.pools.limit(limits);
  }
}
