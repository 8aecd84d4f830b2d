import type { CircuitBreakerOptions } from '../strategies/circuit-breaker/circuit-breaker.options.js';
import { declareStrategy } from './policy-arguments.js';
import type { StrategyArguments } from './policy-arguments.js';
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
export function CircuitBreaker(...args: StrategyArguments<CircuitBreakerOptions>): ResilientMethodDecorator {
  return declareStrategy('@CircuitBreaker', 'circuitBreaker', args);
}
