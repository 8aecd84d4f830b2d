import type { PolicyOptions } from '../strategies/policy.options.js';
import { readArguments } from './policy-arguments.js';
import type { StrategyArguments } from './policy-arguments.js';
import { declare, declareForClass } from './resilient-method.js';
import type { ResilientMethodDecorator } from './resilient-method.js';

/** A decorator for methods, and for classes: there it goes on every public method that the class declares. @public */
export interface ResilientDecorator extends ResilientMethodDecorator {
  /** On a class. */
  (type: abstract new (...args: never[]) => object): void;
}

/**
 * Applies every strategy that the policy (or `defaults`) configures, and no other. A specific decorator on the method, such
 * as `@Retryable()`, beats it. On a class it goes on every public method that the class itself declares: not on inherited
 * ones, not on Nest's lifecycle hooks, not on those whose name begins with an underscore; methods that turn out to be
 * synchronous stay as they are.
 *
 * @example
 * ```ts
 * @Resilient('payments')
 * class PaymentsService {
 *   async charge(order: string): Promise<string> { return order; }
 *   async refund(order: string): Promise<string> { return order; }
 * }
 * ```
 * @public
 */
export function Resilient(...args: StrategyArguments<PolicyOptions>): ResilientDecorator {
  const declaration = { decorator: '@Resilient', ...readArguments(args) };
  const forMethod = declare(declaration) as (...target: unknown[]) => void;
  const decorator = (target: { prototype: object }, ...method: unknown[]) => {
    if (method.length > 0) forMethod(target, ...method);
    else declareForClass(declaration, target.prototype);
  };
  return decorator as unknown as ResilientDecorator;
}
