import type { PolicyOptions } from '../strategies/policy.options.js';
import { checkParentheses } from './decorator-target.js';
import { readArguments } from './policy-arguments.js';
import type { PolicyName } from './policy-arguments.js';
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
export function Resilient(options?: PolicyOptions): ResilientDecorator;
/** With the name of a policy, and options that win over it. @public */
export function Resilient(policy: PolicyName, overrides?: PolicyOptions): ResilientDecorator;
export function Resilient(...args: [unknown?, unknown?]): ResilientDecorator {
  checkParentheses('@Resilient', args);
  const declaration = { decorator: '@Resilient', ...readArguments(args) };
  const forMethod = declare(declaration) as (...target: unknown[]) => void;
  const decorator = (target: unknown, ...method: unknown[]) => {
    // TypeScript calls a decorator of a class with the class alone
    if (method.length > 0 || typeof target !== 'function') forMethod(target, ...method);
    else declareForClass(declaration, target.prototype as object);
  };
  return decorator;
}
