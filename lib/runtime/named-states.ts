import { isDeepStrictEqual } from 'node:util';

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

/** The state for a claim, or who has taken its name with other options. */
export type Answer<T> = { readonly state: T } | { readonly takenBy: string };

/** Requests may override options with ever new values: beyond so many the newest variant replaces the last. */
const MOST_VARIANTS = 50;

/**
 * States that are shared by name. Two methods whose names are alike by accident do not share: the second is
 * `Class.method#2`. A policy's name with other overrides is numbered too; a written name is refused.
 */
export class NamedStates<T extends object> {
  private readonly taken = new Map<string, Claim & { readonly state: T }>();

  /** The state for a claim; made with the name that it gets. */
  obtain(claim: Claim, make: (name: string) => T): Answer<T> {
    for (let number = 1; ; number++) {
      const name = number === 1 ? claim.name : `${claim.name}#${number}`;
      const held = this.taken.get(name);
      if (!held || number > MOST_VARIANTS) return { state: this.take(name, claim, make(name)) };
      const isSame = sameOptions(held.options, claim.options);
      if (isSame && (claim.isExplicit || held.identity === claim.identity)) return { state: held.state };
      if (claim.isExplicit || (held.isExplicit && held.identity === claim.identity))
        return { takenBy: held.where };
    }
  }

  private take(name: string, claim: Claim, state: T): T {
    this.taken.set(name, { ...claim, state });
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
