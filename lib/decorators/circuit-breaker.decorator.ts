import type { CircuitBreakerOptions } from '../strategies/circuit-breaker/circuit-breaker.options.js';
import { declareStrategy } from './policy-arguments.js';
import type { PolicyName } from './policy-arguments.js';
import type { ResilientMethodDecorator } from './resilient-method.js';

/**
 * Stops calling what fails: after five failures in a row (or above a failure rate) calls are refused at once with
 * `CircuitOpenException`, until a trial after the recovery timeout succeeds.
 *
 * @example
 * ```ts
 * class PaymentsService {
 *   @CircuitBreaker({ failureThreshold: 3, recoveryTimeout: '10s' })
 *   async charge(order: string): Promise<string> { return order; }
 * }
 * ```
 * @public
 */
export function CircuitBreaker(options?: CircuitBreakerOptions): ResilientMethodDecorator;
/** With the name of a policy, and options that win over it. @public */
export function CircuitBreaker(
  policy: PolicyName,
  overrides?: CircuitBreakerOptions,
): ResilientMethodDecorator;
export function CircuitBreaker(...args: [unknown?, unknown?]): ResilientMethodDecorator {
  return declareStrategy('@CircuitBreaker', 'circuitBreaker', args);
}
