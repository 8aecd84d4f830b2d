import type { InputOf, ResolvedOf } from '../../policy/rule.js';
import { duration, text } from '../../policy/rules.js';

export const timeoutRules = {
  /** Limit of one attempt; of a stream, until its first value. Default: none; 10 s for HTTP. */
  attempt: duration({ positive: true }),
  /** Limit of the whole call with its retries and waits; of a stream, until its first value. Default: none; 30 s for HTTP. */
  total: duration({ positive: true }),
  /** Name of the timeout in events and errors. Default: `Class.method`, the policy's or the client's name. */
  name: text(),
};

/** Options of `timeout`: limits of one attempt and of the whole call. @public */
export interface TimeoutOptions extends InputOf<typeof timeoutRules> {}

/** Timeouts with all layers merged, in milliseconds. */
export type ResolvedTimeout = ResolvedOf<typeof timeoutRules>;
