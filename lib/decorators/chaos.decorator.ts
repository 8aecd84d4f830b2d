import type { ChaosOptions } from '../strategies/chaos/chaos.options.js';
import { declareStrategy } from './policy-arguments.js';
import type { PolicyName } from './policy-arguments.js';
import type { ResilientMethodDecorator } from './resilient-method.js';

/**
 * Declares faults that meet attempts of the method: errors, latency, results, hangs. It is the innermost strategy, so that
 * everything around it is exercised. Nothing happens until `chaos({ enabled: true })` of `nestjs-breakwater/chaos` is given to
 * `forRoot()`.
 *
 * @example
 * ```ts
 * class PaymentsService {
 *   @Retryable()
 *   @Chaos({ faults: [{ kind: 'error', error: 'ECONNRESET', rate: 0.1 }] })
 *   async charge(order: string): Promise<string> { return order; }
 * }
 * ```
 * @public
 */
export function Chaos(options?: ChaosOptions): ResilientMethodDecorator;
/** With the name of a policy, and options that win over it. @public */
export function Chaos(policy: PolicyName, overrides?: ChaosOptions): ResilientMethodDecorator;
export function Chaos(...args: [unknown?, unknown?]): ResilientMethodDecorator {
  return declareStrategy('@Chaos', 'chaos', args);
}
