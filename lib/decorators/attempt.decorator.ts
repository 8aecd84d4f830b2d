import { ResilienceConfigurationError } from '../exceptions/resilience-configuration.error.js';
import { checkParentheses } from './decorator-target.js';
import { attemptParameterOf, rememberAttemptParameter } from '../nest/attempt-parameter.js';

/**
 * The parameter that receives the {@link AttemptContext} of the running attempt: its number, a signal that aborts
 * on timeout, on the caller's abort and on shutdown, and one idempotency key for all attempts of the call. What a
 * caller passes in its place is replaced. Methods that do not ask for it pay nothing for it.
 *
 * @throws ResilienceConfigurationError for a constructor or static method, or a second one in a method
 *
 * @example
 * ```ts
 * class PaymentsService {
 *   @Retryable()
 *   async charge(order: string, @Attempt() attempt?: AttemptContext): Promise<Response> {
 *     const headers = { 'idempotency-key': attempt?.idempotencyKey ?? order };
 *     return fetch('https://payments.example.com', { method: 'POST', headers, signal: attempt?.signal ?? null });
 *   }
 * }
 * ```
 * @public
 */
export function Attempt(): ParameterDecorator;
export function Attempt(...args: unknown[]): ParameterDecorator {
  checkParentheses('@Attempt', args);
  return (prototype, key, index) => {
    const refuse = (expected: string, got: string): never => {
      throw new ResilienceConfigurationError([{ path: `${String(key)} @Attempt`, expected, got }]);
    };
    if (key === undefined) refuse('a parameter of a method', 'one of a constructor');
    if (typeof prototype === 'function')
      refuse('a parameter of an instance method', 'one of a static method');
    const name = key as string | symbol;
    if (attemptParameterOf(prototype, name) !== undefined) refuse('@Attempt() once in a method', 'it twice');
    rememberAttemptParameter(prototype, name, index);
  };
}
