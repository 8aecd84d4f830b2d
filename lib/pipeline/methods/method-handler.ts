import { isObservable } from 'rxjs';
import { EarlyAttempt } from '../early-attempt.js';
import { IterableMethod } from './iterable-method.js';
import { ObservableMethod } from './observable-method.js';
import type { Seed } from './observable-method.js';
import type { Pipeline } from '../pipeline.js';
import { argumentsWith } from '../operation.js';
import type { MethodHandler } from './wrap-method.js';
import type { Method } from '../operation.js';

/** What a method returns; nobody may have said. */
export type MethodKind = 'promise' | 'observable' | 'iterable' | 'unknown';

/** How a method was decorated, and whom to tell what it returns. */
export interface MethodTraits {
  readonly attemptAt?: number | undefined;
  /** It was decorated with its class, and may be synchronous. */
  readonly isWhole: boolean;
  /** From the first call on, which shows what the method returns, calls go to another entry. */
  readonly onLearned: (learner: MethodHandler, learned: MethodHandler) => void;
}

/** What stands in the place of a method of this kind. */
export function methodEntry(kind: MethodKind, pipeline: Pipeline, traits: MethodTraits): MethodHandler {
  if (kind === 'promise') return pipeline.entry;
  if (kind === 'observable') return new ObservableMethod(pipeline);
  return kind === 'iterable' ? new IterableMethod(pipeline) : new LearningMethod(pipeline, traits);
}

type Probed = ({ readonly result: unknown } | { readonly thrown: unknown }) & Pick<Seed, 'early'>;

/** Runs a method once to learn what it returns; that run is the first attempt of its call. */
class LearningMethod implements MethodHandler {
  constructor(
    private readonly pipeline: Pipeline,
    private readonly traits: MethodTraits,
  ) {}

  invoke(method: Method, self: unknown, args: unknown[]): unknown {
    const probed = this.probe(method, self, args);
    if ('thrown' in probed) {
      if (this.traits.isWhole) throw probed.thrown;
      return this.callWith(probed, method, self, args);
    }
    return this.goOn(probed, method, self, args);
  }

  private goOn(seed: Seed, method: Method, self: unknown, args: unknown[]): unknown {
    const { pipeline } = this;
    const { result } = seed;
    if (isObservable(result)) {
      const observable = new ObservableMethod(pipeline);
      this.learn(observable);
      return observable.observe(method, self, args, seed);
    }
    if (isAsyncIterable(result)) {
      const iterable = new IterableMethod(pipeline);
      this.learn(iterable);
      return iterable.iterate(method, self, args, seed);
    }
    if (this.traits.isWhole && !isThenable(result)) {
      this.learn({ invoke: (original, on, given) => original.apply(on, given) });
      return result;
    }
    this.learn(pipeline.entry);
    return this.callWith(seed, method, self, args);
  }

  private learn(entry: MethodHandler): void {
    this.traits.onLearned(this, entry);
  }

  /** A call whose first run has been made. */
  private callWith(probed: Probed, method: Method, self: unknown, args: unknown[]): Promise<unknown> {
    const { pipeline } = this;
    const { early } = probed;
    const rest = seeded(method, probed);
    if (!early) return pipeline.invoke(rest, self, args);
    return pipeline.execute({ ...pipeline.taskOf(rest, self, args), early });
  }

  private probe(method: Method, self: unknown, args: unknown[]): Probed {
    const { attemptAt } = this.traits;
    const { limits, parts } = this.pipeline;
    const deadline = parts.tools.clock.now() + Math.min(limits.attempt, limits.total);
    const early = attemptAt === undefined ? undefined : new EarlyAttempt(deadline);
    const given = argumentsWith({ method, self, args, attemptAt }, early?.context);
    try {
      return { result: method.apply(self, given), early };
    } catch (thrown) {
      return { thrown, early };
    }
  }
}

/** The method, whose first run has been made. */
function seeded(method: Method, probed: Probed): Method {
  let isFirst = true;
  // a guard may refuse the attempt: then nobody waits for what it was to tell
  if ('result' in probed && isThenable(probed.result)) probed.result.then(undefined, () => undefined);
  return function (this: unknown, ...args: unknown[]) {
    if (!isFirst) return method.apply(this, args);
    isFirst = false;
    if ('thrown' in probed) throw probed.thrown;
    return probed.result;
  };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
