import { isResilienceException, ResilienceException } from '../exceptions/resilience.exception.js';

/**
 * The exceptions that the filter catches. Nest asks with `instanceof`, which an exception of another installed copy of this
 * library would not pass.
 *
 * @internal
 */
export abstract class AnyResilienceException extends ResilienceException {
  static override [Symbol.hasInstance](error: unknown): boolean {
    return isResilienceException(error);
  }
}
