import type { PipelineParts } from '../pipeline/pipeline-parts.js';
import type { PolicyLayer } from '../strategies/policy.options.js';

/** For whom a strategy is made. */
export interface StrategyRequest {
  readonly layers: readonly PolicyLayer[];
  /** The policy by whose name its state is called and shared. */
  readonly policy?: string | undefined;
  /** What its state is called without a policy: `Class.method` or the client's name. */
  readonly name: string;
  /** With {@link name}, those of the same identity share. */
  readonly identity: unknown;
  /** For messages. */
  readonly where: string;
  /** True if `where` is the place of this very strategy, and not of a whole policy. */
  readonly isSpecific?: boolean;
  /** The caller brings the keys, such as origins. */
  readonly isKeyed?: boolean;
  /** The prototypes in use that have the method, whose methods a fallback may name; a base class may leave it abstract. */
  readonly hosts?: readonly object[] | undefined;
  /** The pipeline that the new one takes the place of: states are kept. */
  readonly previous?: PipelineParts | undefined;
}
