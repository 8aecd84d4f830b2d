import type { RetryOptions } from '../strategies/retry/retry.options.js';
import { declareStrategy } from './policy-arguments.js';
import type { PolicyName } from './policy-arguments.js';
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
export function Retryable(options?: RetryOptions): ResilientMethodDecorator;
/** With the name of a policy, and options that win over it. @public */
export function Retryable(policy: PolicyName, overrides?: RetryOptions): ResilientMethodDecorator;
export function Retryable(...args: [unknown?, unknown?]): ResilientMethodDecorator {
  return declareStrategy('@Retryable', 'retry', args);
}
