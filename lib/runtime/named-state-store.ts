import { isDeepStrictEqual } from 'node:util';
import type { Problems } from '../policy/problems.js';

/** Who wants a state of a name, and with which options. */
export interface Claim {
  readonly name: string;
  /** True for a `name` that the user wrote: it is shared or refused, never numbered. */
  readonly isExplicit: boolean;
  /** Those of the same identity share: a policy's or a written name, or else one decorated method. */
  readonly identity: unknown;
  readonly options: object;
  /** For messages: where the claim stands. */
  readonly where: string;
}

/** How a state comes to be: made with the name that it gets, or what the claimant has had so far. */
export interface Origin<T> {
  readonly make: (name: string) => T;
  readonly previous?: T | undefined;
}

/** A state under its name, with the places that have claimed it. */
interface Holding<T> {
  readonly state: T;
  claim: Claim;
  /** Each place, and whether it knows of the present options. */
  readonly places: Map<string, boolean>;
  isRevised: boolean;
}

/** Requests may override options with ever new values: beyond so many the newest variant replaces the last. */
const MOST_VARIANTS = 50;

/**
 * States that are shared by name. Two methods whose names are alike by accident do not share: the second is
 * `Class.method#2`. A policy's name with other overrides is numbered too; a written name is refused.
 */
export class NamedStateStore<T extends object> {
  private readonly holdings = new Map<string, Holding<T>>();

  /** The state for a claim; undefined, after telling `problems`, if its name is taken. */
  obtain(claim: Claim, origin: Origin<T>, problems: Problems): T | undefined {
    return this.revise(claim, origin.previous) ?? this.find(claim, origin, problems);
  }

  /** A copy in which states may get new options; the original does not notice. */
  draft(): NamedStateStore<T> {
    const copy = new NamedStateStore<T>();
    for (const [name, { state, claim, places }] of this.holdings) {
      const unaware = new Map([...places.keys()].map((place) => [place, false]));
      copy.holdings.set(name, { state, claim, places: unaware, isRevised: false });
    }
    return copy;
  }

  /** Tells of written names whose options were changed in one place and not in another. */
  checkRevision(problems: Problems): void {
    for (const { claim, places, isRevised } of this.holdings.values()) {
      const unaware = [...places].find(([, isAware]) => !isAware);
      if (!isRevised || !claim.isExplicit || !unaware) continue;
      problems.add(
        `${claim.where}.name`,
        `the options of ${unaware[0]}, which has the same name`,
        claim.name,
      );
    }
  }

  private find(claim: Claim, { make }: Origin<T>, problems: Problems): T | undefined {
    for (let number = 1; ; number++) {
      const name = number === 1 ? claim.name : `${claim.name}#${number}`;
      const held = this.holdings.get(name);
      if (!held || number > MOST_VARIANTS) return this.take(name, claim, make(name));
      const isMine = held.claim.identity === claim.identity;
      if ((claim.isExplicit || isMine) && sameOptions(held.claim.options, claim.options)) {
        held.places.set(claim.where, true);
        return held.state;
      }
      if (!claim.isExplicit && !(held.claim.isExplicit && isMine)) continue;
      problems.add(
        `${claim.where}.name`,
        `the options of ${held.claim.where}, which has the same name`,
        name,
      );
      return undefined;
    }
  }

  /** The first place that comes back for its state in a draft brings the new options. */
  private revise(claim: Claim, previous: T | undefined): T | undefined {
    if (!previous) return undefined;
    const held = [...this.holdings.values()].find(({ state }) => state === previous);
    const isTaken = held && [...held.places.values()].includes(true);
    if (!held || isTaken || held.claim.identity !== claim.identity) return undefined;
    held.isRevised = !sameOptions(held.claim.options, claim.options);
    held.claim = claim;
    held.places.set(claim.where, true);
    return previous;
  }

  private take(name: string, claim: Claim, state: T): T {
    this.holdings.set(name, { state, claim, places: new Map([[claim.where, true]]), isRevised: false });
    return state;
  }
}

/** Functions are alike if their text is: an inline policy writes them anew for each call. */
function sameOptions(one: object, other: object): boolean {
  return isDeepStrictEqual(textual(one), textual(other));
}

function textual(options: object): Record<string, unknown> {
  const entries = Object.entries(options).map(([key, value]: [string, unknown]) => [
    key,
    typeof value === 'function' ? Function.prototype.toString.call(value) : value,
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}
