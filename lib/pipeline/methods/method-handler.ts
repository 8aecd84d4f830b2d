import type { FirstAttempt } from '../first-attempt.js';
import type { Method } from '../operation.js';
import type { Pipeline } from '../pipeline.js';
import { IterableMethod } from './iterable-method.js';
import { ObservableMethod } from './observable-method.js';
import { UntypedMethod } from './untyped-method.js';
import type { FirstRun, MethodHandler, MethodTraits } from './wrap-method.js';

/** The form of a method's result; `unknown` where the compiler has left no type. */
export type MethodKind = 'promise' | 'observable' | 'iterable' | 'unknown';

/**
 * The handler of a method of this kind.
 *
 * @param previous - the handler in whose place it comes, which may have learnt the form of the results
 */
export function methodHandler(
  kind: MethodKind,
  pipeline: Pipeline,
  traits: MethodTraits,
  previous?: MethodHandler,
): MethodHandler {
  if (kind === 'promise') return new PromiseMethod(pipeline);
  if (kind === 'observable') return new ObservableMethod(pipeline);
  if (kind === 'iterable') return new IterableMethod(pipeline);
  const untyped = new UntypedMethod(pipeline, traits);
  if (previous instanceof UntypedMethod) untyped.learnFrom(previous);
  return untyped;
}

/** A method that returns a promise. */
class PromiseMethod implements MethodHandler, FirstRun {
  readonly firstRun: FirstRun | undefined;

  constructor(private readonly pipeline: Pipeline) {
    this.firstRun = pipeline.isPlain ? this : undefined;
  }

  begin(method: Method, self: unknown, args: readonly unknown[]): FirstAttempt | undefined {
    if (this.pipeline.isWatched || this.pipeline.bringsSignal(args)) return undefined;
    return this.pipeline.begin(args, false).of(method, self, args);
  }

  goAround(first: FirstAttempt): Promise<unknown> {
    return this.pipeline.goAround(first);
  }

  follow(first: FirstAttempt, result: unknown): Promise<unknown> {
    return first.follow(result);
  }

  followThrow(first: FirstAttempt, error: unknown): Promise<unknown> {
    return first.follow(Promise.reject(error));
  }

  invoke(method: Method, self: unknown, args: unknown[]): Promise<unknown> {
    return this.pipeline.invoke(method, self, args);
  }
}
