import { StateRegistry } from '../state-registry.js';

/** The figures of a retry budget at one moment, as plain JSON. @public */
export interface RetryBudgetSnapshot {
  /** The policy's name, `Class.method`, the client's, or what `retry.name` says. */
  readonly name: string;
  /** Calls in the window. */
  readonly calls: number;
  /** Retries and hedges in the window. */
  readonly used: number;
  /** So many retries and hedges the window allows for these calls. */
  readonly limit: number;
}

/** A retry budget at work, as `RetryBudgetRegistry` shows it. @public */
export interface RetryBudgetState {
  /** The policy's name, `Class.method`, the client's, or what `retry.name` says. */
  readonly name: string;
  /** Retries and hedges in the window. */
  readonly used: number;
  /** So many retries and hedges the window allows for its calls. */
  readonly limit: number;
  /** The budget as plain JSON. */
  snapshot(): RetryBudgetSnapshot;
}

/**
 * All retry budgets of one application; inject it to see how much of them is spent.
 *
 * @example
 * ```ts
 * for (const { name, used, limit } of budgets.snapshot()) console.log(name, used / limit);
 * ```
 * @public
 */
export class RetryBudgetRegistry extends StateRegistry<RetryBudgetState, RetryBudgetSnapshot> {}
