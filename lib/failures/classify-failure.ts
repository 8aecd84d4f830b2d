import { explainFailure, withoutOrders } from './explain-failure.js';
import type { FailureKind } from './meaning.js';

/** Decides the kind of a failure; replaceable per policy (`classify`). @public */
export type ClassifyFailure = (error: unknown) => FailureKind;

/**
 * Tells transient failures from permanent ones: the `kind` of {@link explainFailure}. A server's order in
 * `x-should-retry` or `stripe-should-retry` is obeyed: `false` is permanent, `true` transient. Never throws.
 *
 * @example
 * ```ts
 * classifyFailure(new NotFoundException()); // 'permanent'
 * classifyFailure(Object.assign(new Error('gone'), { code: 'ECONNRESET' })); // 'transient'
 * classifyFailure(new Error('?')); // 'unknown'
 * ```
 * @public
 */
export function classifyFailure(error: unknown): FailureKind {
  return explainFailure(error).kind;
}

/**
 * Classifies without regard to a server's order to retry or not: a circuit judges the status. A user's function is
 * run as it is; where it calls {@link classifyFailure}, that call leaves the orders aside.
 */
export function classifyByStatus(error: unknown, classify: ClassifyFailure = classifyFailure): FailureKind {
  return withoutOrders(() => classify(error));
}
