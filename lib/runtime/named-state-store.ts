import { isDeepStrictEqual } from 'node:util';
import type { Problems } from '../policy/problems.js';
import { LruMap } from '../strategies/lru-map.js';
import type { SharedSpec } from '../strategies/strategy-definition.js';

/** The claim to a state of a name with these options. */
export interface Claim {
  readonly name: string;
  /** True for a `name` that the user wrote: it is shared or refused, never numbered. */
  readonly isExplicit: boolean;
  /** Claims of the same identity share: a policy's or a written name, or else one decorated method. */
  readonly identity: unknown;
  readonly options: object;
  /** Place of the claim, for messages. */
  readonly where: string;
  /** True if the name comes from a call: there may be any number of them, so only so many are kept. */
  readonly isNamedByCall: boolean;
}

/** The way in which a state is made, entered and taken away. */
export type Origin<T extends object> = Pick<SharedSpec<T>, 'make' | 'previous' | 'onAdded' | 'onRemoved'>;

/** A state under its name, with the places that have claimed it. */
interface Holding<T> {
  readonly state: T;
  readonly onRemoved: ((state: T) => void) | undefined;
  claim: Claim;
  /** Each place, and whether it knows the present options. */
  readonly places: Map<string, boolean>;
  isRevised: boolean;
}

/** Requests may override options with ever new values: beyond so many the newest variant replaces the last. */
const MOST_VARIANTS = 50;

/** A program may make up a name for each call: beyond so many the least recently used idle state leaves. */
const MOST_CALL_NAMES = 1000;

/**
 * States that are shared by name. Two methods whose names are alike by accident do not share: the second is
 * `Class.method#2`. A policy's name with other overrides is numbered too; a written name is refused.
 */
export class NamedStateStore<T extends object> {
  private readonly holdings = new Map<string, Holding<T>>();
  /** The names that only calls have given. */
  private readonly callNames: LruMap<string>;

  /** @param apply - does a change once the states are in force */
  constructor(private readonly apply: (change: () => void) => void) {
    this.callNames = new LruMap({
      maxKeys: MOST_CALL_NAMES,
      idleTtl: Infinity,
      mayExpire: (name) => this.isIdle(name),
      onRemove: (name) => this.leave(name),
    });
  }

  /** Obtains the state for a claim; undefined, after reporting to `problems`, if its name is taken. */
  obtain(claim: Claim, origin: Origin<T>, problems: Problems): T | undefined {
    return this.revise(claim, origin.previous) ?? this.find(claim, origin, problems);
  }

  /** Lets go of a state that nothing uses any more. */
  remove(state: T): void {
    for (const [name, holding] of this.holdings) {
      if (holding.state !== state) continue;
      this.delete(name, holding);
    }
  }

  /** Copies the store: states of the copy may get new options, and the original stays as it is. */
  draft(apply: (change: () => void) => void): NamedStateStore<T> {
    const copy = new NamedStateStore<T>(apply);
    for (const [name, holding] of this.holdings) {
      const places = new Map([...holding.places.keys()].map((place) => [place, false]));
      copy.holdings.set(name, { ...holding, places, isRevised: false });
    }
    // in the order of their use
    for (const name of this.callNames.values(0)) copy.use(name);
    return copy;
  }

  /** Reports written names whose options were changed in one place and not in another. */
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

  private find(claim: Claim, origin: Origin<T>, problems: Problems): T | undefined {
    for (let number = 1; ; number++) {
      const name = number === 1 ? claim.name : `${claim.name}#${number}`;
      const held = this.holdings.get(name);
      if (!held || number > MOST_VARIANTS) return this.take(name, claim, origin);
      const isMine = held.claim.identity === claim.identity;
      if ((claim.isExplicit || isMine) && sameOptions(held.claim.options, claim.options)) {
        held.places.set(claim.where, true);
        this.touch(name, held, claim);
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

  private take(name: string, claim: Claim, { make, onAdded, onRemoved }: Origin<T>): T {
    const state = make(name);
    const holding = { state, onRemoved, claim, places: new Map([[claim.where, true]]), isRevised: false };
    this.holdings.set(name, holding);
    if (claim.isNamedByCall) this.use(name);
    if (onAdded) this.apply(() => onAdded(state));
    return state;
  }

  /** A name that a call has given is used again; one that stands in the options as well is kept for good. */
  private touch(name: string, held: Holding<T>, claim: Claim): void {
    if (!held.claim.isNamedByCall) return;
    if (claim.isNamedByCall) this.use(name);
    else held.claim = claim;
  }

  private use(name: string): void {
    this.callNames.obtain(name, 0, () => name);
  }

  private isIdle(name: string): boolean {
    const state = this.holdings.get(name)?.state as { isIdle?: boolean } | undefined;
    return state?.isIdle !== false;
  }

  /** There are too many names of calls; one that stands in the options as well stays. */
  private leave(name: string): void {
    const holding = this.holdings.get(name);
    if (holding?.claim.isNamedByCall) this.delete(name, holding);
  }

  /** Takes a state away; in a draft its registry hears of that once the draft is in force. */
  private delete(name: string, { state, onRemoved }: Holding<T>): void {
    this.holdings.delete(name);
    if (onRemoved) this.apply(() => onRemoved(state));
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
