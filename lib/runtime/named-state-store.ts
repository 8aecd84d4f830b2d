import { isDeepStrictEqual } from 'node:util';
import type { Problems } from '../policy/problems.js';
import { LruMap } from '../strategies/lru-map.js';
import type { SharedSpec } from '../strategies/strategy-definition.js';

/** The claim to a state of a name with these options. */
export interface Claim {
  readonly name: string;
  /** True for a `name` that the user wrote: it is shared or refused, never numbered. */
  readonly isExplicit: boolean;
  /** True if no other identity may have a written name, whatever its options are. */
  readonly isExclusive?: boolean;
  /** Claims of the same identity share: a policy's or a written name, or else one decorated method. */
  readonly identity: unknown;
  readonly options: object;
  /** The pipeline that uses the state, or all pipelines of inline policies: the state stays while it has an owner. */
  readonly owner: unknown;
  /** Place of the claim, for messages. */
  readonly where: string;
  /** True if the name comes from a call: there may be any number of them, so only so many are kept. */
  readonly isNamedByCall: boolean;
}

/** The way in which a state is made, entered and taken away. */
export type Origin<T extends object> = Pick<SharedSpec<T>, 'make' | 'previous' | 'onAdded' | 'onRemoved'>;

/** A state under its name, with the claims of its owners. */
interface Holding<T> {
  readonly state: T;
  readonly onRemoved: ((state: T) => void) | undefined;
  /** The claim whose options are in force. */
  claim: Claim;
  /** The claims by owner; in a draft only those that it has seen. */
  readonly claims: Map<unknown, Claim>;
  /** In a draft the claims made before it, of the owners that have not come back. */
  readonly earlier: Map<unknown, Claim>;
  /** True if the draft changes the options. */
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
  /** The names that each owner has claimed. */
  private readonly owned = new Map<unknown, Set<string>>();
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

  /** Ends all claims of an owner; a state leaves with its last one. */
  withdraw(owner: unknown): void {
    for (const name of this.owned.get(owner) ?? []) {
      const holding = this.holdings.get(name) as Holding<T>;
      holding.claims.delete(owner);
      this.settleHolding(name, holding);
    }
    this.owned.delete(owner);
  }

  /** Notes in a draft that an owner comes back: it keeps what it claims in the draft, and no more. */
  revisit(owner: unknown): void {
    for (const name of this.owned.get(owner) ?? []) this.holdings.get(name)?.earlier.delete(owner);
  }

  /** Copies the store: states of the copy may get new options, and the original stays as it is. */
  draft(apply: (change: () => void) => void): NamedStateStore<T> {
    const copy = new NamedStateStore<T>(apply);
    for (const [name, holding] of this.holdings) {
      const earlier = new Map(holding.claims);
      copy.holdings.set(name, { ...holding, claims: new Map<unknown, Claim>(), earlier, isRevised: false });
    }
    for (const [owner, names] of this.owned) copy.owned.set(owner, new Set(names));
    // in the order of their use
    for (const name of this.callNames.values(0)) copy.use(name);
    return copy;
  }

  /** Reports written names whose options were changed in one place and not in another. */
  checkRevision(problems: Problems): void {
    for (const [name, { claim, earlier, isRevised }] of this.holdings) {
      if (!isRevised) continue;
      const unaware = [...earlier.values()].find((other) => claim.isExplicit || other.isExplicit);
      if (unaware) report(problems, name, claim, unaware);
    }
  }

  /** Ends a draft: each owner has the claims that it kept or made, and states without an owner leave. */
  settle(): void {
    this.owned.clear();
    for (const [name, holding] of this.holdings) {
      for (const [owner, claim] of holding.earlier) holding.claims.set(owner, claim);
      holding.earlier.clear();
      for (const owner of holding.claims.keys()) this.own(owner, name);
    }
    for (const [name, holding] of this.holdings) this.settleHolding(name, holding);
  }

  private find(claim: Claim, origin: Origin<T>, problems: Problems): T | undefined {
    for (let number = 1; ; number++) {
      const name = number === 1 ? claim.name : `${claim.name}#${number}`;
      const held = this.holdings.get(name);
      if (!held || number > MOST_VARIANTS) return this.take(name, claim, origin);
      const isMine = held.claim.identity === claim.identity;
      if (mayShare(held.claim, claim)) {
        this.enter(name, held, claim);
        return held.state;
      }
      if (!claim.isExplicit && !(held.claim.isExplicit && isMine)) continue;
      report(problems, name, claim, held.claim);
      return undefined;
    }
  }

  /** The first owner that comes back for its state in a draft brings the new options. */
  private revise(claim: Claim, previous: T | undefined): T | undefined {
    const names = previous ? [...(this.owned.get(claim.owner) ?? [])] : [];
    const name = names.find((one) => this.holdings.get(one)?.state === previous);
    const held = name === undefined ? undefined : this.holdings.get(name);
    if (name === undefined || !held || held.claims.size > 0 || held.claim.identity !== claim.identity)
      return undefined;
    held.isRevised = !sameOptions(held.claim.options, claim.options);
    held.claim = claim;
    this.enter(name, held, claim);
    return previous;
  }

  private take(name: string, claim: Claim, { make, onAdded, onRemoved }: Origin<T>): T {
    const replaced = this.holdings.get(name);
    if (replaced) this.disown(name, replaced);
    const state = make(name);
    const claims = new Map<unknown, Claim>();
    const holding = { state, onRemoved, claim, claims, earlier: new Map<unknown, Claim>(), isRevised: false };
    this.holdings.set(name, holding);
    this.enter(name, holding, claim);
    if (onAdded) this.apply(() => onAdded(state));
    return state;
  }

  /** An owner may claim a name twice: what stands in its options counts for more than what a call gives. */
  private enter(name: string, holding: Holding<T>, claim: Claim): void {
    const { claims } = holding;
    if (claims.get(claim.owner)?.isNamedByCall !== false) claims.set(claim.owner, claim);
    this.own(claim.owner, name);
    if (isNamedByCall(holding)) this.use(name);
  }

  private own(owner: unknown, name: string): void {
    const names = this.owned.get(owner);
    if (names) names.add(name);
    else this.owned.set(owner, new Set([name]));
  }

  private disown(name: string, { claims, earlier }: Holding<T>): void {
    for (const owner of [...claims.keys(), ...earlier.keys()]) {
      const names = this.owned.get(owner);
      names?.delete(name);
      if (names?.size === 0) this.owned.delete(owner);
    }
  }

  /** An owner may have left: another one speaks for the state, or else it leaves. */
  private settleHolding(name: string, holding: Holding<T>): void {
    const [first] = holding.claims.values();
    if (!first) return this.delete(name, holding);
    if (!holding.claims.has(holding.claim.owner)) holding.claim = first;
    if (isNamedByCall(holding) && this.callNames.peek(name) === undefined) this.use(name);
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
    if (holding && isNamedByCall(holding)) this.delete(name, holding);
  }

  /** Takes a state away; in a draft its registry hears of that once the draft is in force. */
  private delete(name: string, holding: Holding<T>): void {
    const { state, onRemoved } = holding;
    this.holdings.delete(name);
    this.disown(name, holding);
    if (onRemoved) this.apply(() => onRemoved(state));
  }
}

/** True if the name stands in no options, as far as its owners say. */
function isNamedByCall({ claims, earlier }: Pick<Holding<object>, 'claims' | 'earlier'>): boolean {
  return [...claims.values(), ...earlier.values()].every((claim) => claim.isNamedByCall);
}

/** True if a claim may have the state of another one: that of its own identity, or of a written name that is not exclusive. */
function mayShare(held: Claim, claim: Claim): boolean {
  const isOpen = claim.isExplicit && claim.isExclusive !== true;
  return (isOpen || held.identity === claim.identity) && sameOptions(held.options, claim.options);
}

function report(problems: Problems, name: string, claim: Claim, other: Claim): void {
  const expected =
    claim.isExclusive === true
      ? `a name of its own, as ${other.where} has the same one`
      : `the options of ${other.where}, which has the same name`;
  problems.add(`${claim.where}.name`, expected, name);
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
