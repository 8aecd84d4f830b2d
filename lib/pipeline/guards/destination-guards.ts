import type { Clock } from '../../clock/clock.js';
import { Circuit } from '../../strategies/circuit-breaker/circuit.js';
import type { Guard, GuardFamily } from '../../strategies/guard.js';
import type { Alternatives } from '../../strategies/retry/retry.js';
import type { Destination, Destinations } from '../destinations.js';
import { guardOf } from './guard-of.js';

/** A wait that a server asks for and the recovery of its circuit may differ by this much, by rounding alone. */
const ROUNDING_MS = 2;

/** The guards of the places to which the next attempt of a call may go, as the decision about a retry asks them. */
export class DestinationGuards implements Alternatives {
  constructor(
    private readonly families: readonly GuardFamily[],
    private readonly destinations: Destinations,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  /** The guard that opens first, if no place will take an attempt that is made `delay` milliseconds from now. */
  refuserAfter(delay: number): Guard | undefined {
    const now = this.clock.now();
    const refusers: Guard[] = [];
    for (const destination of this.destinations.ranked(false)) {
      const refuser = this.refuserOf(destination, delay);
      if (refuser) refusers.push(refuser);
      else if (destination.notBefore - now <= delay) return undefined;
    }
    return soonest(refusers);
  }

  /** The shortest of the delays that the places have asked for; undefined if one of them may be asked without. */
  get askedDelay(): number | undefined {
    let least: number | undefined;
    for (const destination of this.destinations.ranked(false)) {
      const wait = this.waitFor(destination);
      if (wait === 'none') return undefined;
      if (wait !== 'useless') least = Math.min(wait, least ?? Infinity);
    }
    return least;
  }

  private waitFor(destination: Destination): number | 'none' | 'useless' {
    const { notBefore } = destination;
    const asked = Math.max(0, notBefore - this.clock.now());
    const refuser = this.refuserOf(destination, asked);
    if (!refuser) return notBefore === -Infinity ? 'none' : asked;
    const { retryAfter = Infinity } = refuser;
    return asked > 0 && retryAfter - asked <= ROUNDING_MS ? retryAfter : 'useless';
  }

  private refuserOf({ args, key }: Destination, delay: number): Guard | undefined {
    for (const family of this.families) {
      const guard = guardOf(family, args, key);
      if (guard.willRefuseAfter(delay)) return guard;
    }
    return undefined;
  }
}

/** The refusal that counts where every place refuses: of circuits the one that opens first, else the last one. */
export function decisive(refusers: readonly Guard[]): Guard | undefined {
  return refusers.every((guard) => guard instanceof Circuit) ? soonest(refusers) : refusers.at(-1);
}

function soonest(guards: readonly Guard[]): Guard | undefined {
  const timeOf = ({ retryAfter = Infinity }: Guard) => retryAfter;
  return guards.reduce<Guard | undefined>(
    (first, guard) => (first === undefined || timeOf(guard) < timeOf(first) ? guard : first),
    undefined,
  );
}
