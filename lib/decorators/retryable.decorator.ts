import type { RetryOptions } from '../strategies/retry/retry.options.js';
import { declareStrategy } from './policy-arguments.js';
import type { StrategyArguments } from './policy-arguments.js';
import type { ResilientMethodDecorator } from './resilient-method.js';

/**
 * Repeats the method after transient and unknown failures, with exponential backoff and full jitter, obeying a
 * server's Retry-After, within a retry budget. When retries end the caller gets the last error itself.
 *
 * @example
 * ```ts
 * class ShippingService {
 *   @Retryable({ maxRetries: 2, baseDelay: '100ms' })
 *   async book(order: string): Promise<string> { return order; }
 * }
 * ```
 * @public
 */
export function Retryable(...args: StrategyArguments<RetryOptions>): ResilientMethodDecorator {
  return declareStrategy('@Retryable', 'retry', args);
}
