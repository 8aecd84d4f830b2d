import type { Look } from './look.js';
import type { Mark } from './properties.js';
import type { Meaning } from './meaning.js';

/**
 * When the rules of a set are asked, first ones first: `client` is a client library that is known by its marks; `abort` was
 * cancelled on purpose; `status` has an HTTP status; `code` and `name` are told by that alone.
 */
export const TIERS = ['client', 'abort', 'status', 'code', 'name'] as const;

export type Tier = (typeof TIERS)[number];

/** Errors that mean the same, and the reason: their keys, separated by spaces. */
export type RuleLine = readonly [meaning: Meaning, keys: string, reason: string];

/** Rules that are looked up by the same property. */
export interface RuleSet {
  readonly tier: Tier;
  /** The property whose exact value is the key; or a function that makes the key, or tells that the set is not meant. */
  readonly by: 'code' | 'name' | 'message' | ((look: Look) => string | number | undefined);
  /**
   * The type of `code` for which a set with a function is asked; `words`: there is none, and the message may tell something. All
   * errors if it is left out.
   */
  readonly on?: 'text code' | 'number code' | 'no code' | 'words';
  /** A set with a function is asked for errors that have one of these properties; all errors if it is left out. */
  readonly needs?: readonly Mark[];
  /** The last part of the rule's name; default: the key. */
  readonly shown?: (look: Look) => unknown;
  readonly lines: readonly RuleLine[];
  /** The meaning of a key that no line has. */
  readonly otherwise?: readonly [meaning: Meaning, reason: string];
  /**
   * True if the name alone says little: an error with a code or a status inside it is believed instead. `'any'`: whatever is
   * known inside is believed.
   */
  readonly yields?: boolean | 'any';
}

/** Rules for the errors of one client, protocol or language. */
export interface FailureDomain {
  /** First part of the names of its rules. */
  readonly id: string;
  /** For the docs. */
  readonly title: string;
  /** Source of the rules. */
  readonly source: string;
  readonly sets: readonly RuleSet[];
}
