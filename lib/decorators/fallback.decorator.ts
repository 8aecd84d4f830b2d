import type { Observable } from 'rxjs';
import type { FallbackOptions } from '../strategies/fallback/fallback.options.js';
import { checkParentheses } from './decorator-target.js';
import { declare } from './resilient-method.js';
import type { OneWayMethod, ResilientMethod } from './resilient-method.js';

/** What a fallback may return in the place of a method's result. @public */
export type FallbackResult<R> =
  R extends Promise<infer V>
    ? V | Promise<V>
    : R extends Observable<infer V>
      ? V | Promise<V> | Observable<V>
      : R extends AsyncIterable<infer V>
        ? V | Promise<V> | AsyncIterable<V>
        : never;

/** A fallback for a method: gets the error, then the arguments of the call. @public */
export type FallbackFor<M extends ResilientMethod> = (
  error: never,
  ...args: Parameters<M>
) => FallbackResult<ReturnType<M>>;

/** Fits methods whose class has the named method, with parameters and a result that fit. @public */
export type NamedFallbackDecorator<N extends string> = <
  M extends ResilientMethod,
  P extends Record<N, FallbackFor<M>>,
>(
  prototype: P,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<M> & OneWayMethod<M>,
) => void;

/** Anything, or, for a fallback that does not fit the method, a text that the compiler shows. @public */
export type FittingFallback<F, M extends ResilientMethod> =
  F extends FallbackFor<M>
    ? unknown
    : 'the fallback takes the error and the arguments of the method, and returns what the method returns';

/** Fits methods with parameters and a result that fit the function. @public */
export type FallbackDecorator<F> = <M extends ResilientMethod>(
  prototype: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<M> & FittingFallback<F, M> & OneWayMethod<M>,
) => void;

/**
 * Answers in place of a call that has failed for good: a function, or another public method of the class, is called with
 * the error and then the arguments, `this` being the instance. With `on` it answers for some errors only. It goes around
 * everything else; a caller who has aborted gets no answer.
 *
 * @throws ResilienceConfigurationError at start-up for a method that does not exist
 *
 * @example
 * ```ts
 * class QuotesService {
 *   @Fallback('lastKnown', { on: CircuitOpenException })
 *   async quote(symbol: string): Promise<number> { return symbol.length; }
 *
 *   lastKnown(_error: unknown, symbol: string): number { return symbol.length; }
 * }
 * ```
 * @public
 */
export function Fallback<N extends string>(method: N, options?: FallbackOptions): NamedFallbackDecorator<N>;
/** With a function instead of the name of a method: it is called as `(error, ...args)`, `this` being the instance. @public */
export function Fallback<F extends (error: never, ...args: never[]) => unknown>(
  fallback: F,
  options?: FallbackOptions,
): FallbackDecorator<F>;
export function Fallback(...args: unknown[]): unknown {
  checkParentheses('@Fallback', args);
  const [use, options = {}] = args as [unknown, FallbackOptions?];
  return declare({ decorator: '@Fallback', strategy: 'fallback', options: { ...options, use } });
}
