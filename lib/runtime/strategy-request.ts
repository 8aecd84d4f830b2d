import type { StrategyUse } from '../strategies/strategy-definition.js';
import type { PolicyLayer, StrategyParts } from '../strategies/policy.options.js';

/** The request for one strategy of one pipeline. */
export interface StrategyRequest extends StrategyUse {
  readonly layers: readonly PolicyLayer[];
  /** The policy by whose name its state is called and shared. */
  readonly policy?: string | undefined;
  /** The name of its state without a policy: `Class.method` or the client's name. */
  readonly name: string;
  /** Requests of the same {@link name} and identity share. */
  readonly identity: unknown;
  /** For messages. */
  readonly where: string;
  /** True if `where` is the place of this very strategy, and not of a whole policy. */
  readonly isSpecific?: boolean;
  /** The caller brings the keys, such as origins. */
  readonly isKeyed?: boolean;
  /** True if the name comes from a call: there may be any number of them, so only so many are kept. */
  readonly isNamedByCall?: boolean;
  /** The prototypes in use that have the method, whose methods a fallback may name; a base class may leave it abstract. */
  readonly prototypes?: readonly object[] | undefined;
  /** Set where keys of kept answers have several parts: makes the first of them of what a user writes. */
  readonly keyWritten?: ((written: unknown) => unknown) | undefined;
  /** The strategies of the pipeline that the new one replaces: states are kept. */
  readonly previous?: StrategyParts | undefined;
}

/** A request with the owner of the states that it claims. */
export interface OwnedRequest extends StrategyRequest {
  readonly owner: unknown;
  /** The place of the strategy's options, for messages. */
  readonly path: string;
}
