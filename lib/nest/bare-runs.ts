import { isObservable } from 'rxjs';
import { ResilienceConfigurationError } from '../exceptions/resilience-configuration.error.js';
import type { MethodHandler } from '../pipeline/methods/wrap-method.js';
import { displayName } from './decorated-method.js';
import type { DecoratedMethod } from './decorated-method.js';

/** The first call of an instance that had no runtime. */
interface BareRun {
  readonly method: DecoratedMethod;
  /** True if the instance was being constructed. */
  readonly isOfConstructor: boolean;
}

/** The instances of which a method has run without a runtime. */
const ranBare = new WeakMap<object, BareRun>();

/** How many frames are searched for the constructor. */
const SEARCHED_FRAMES = 30;

/** Remembers the first call of an instance without a runtime; the handler of that call, if it takes one. */
export function bareEntry(self: unknown, method: DecoratedMethod): MethodHandler | undefined {
  if (typeof self !== 'object' || self === null || ranBare.has(self)) return undefined;
  const isMaybeSynchronous = method.isWhole && method.kind === 'unknown';
  if (isMaybeSynchronous) return watched(method);
  note(self, method);
  return undefined;
}

/**
 * Refuses an instance whose constructor has called a decorated method: that call was not protected.
 *
 * @param isNew - true if nothing but its constructor can have called it
 * @throws ResilienceConfigurationError that names the method
 */
export function throwIfConstructedEarly(instance: object, isNew: boolean): void {
  const problem = earlyRunOf(instance, isNew);
  if (problem) throw new ResilienceConfigurationError([problem]);
}

/** What is wrong with an instance whose constructor has called a decorated method. */
export function earlyRunOf(instance: object, isNew: boolean) {
  const run = ranBare.get(instance);
  if (!run || !(isNew || run.isOfConstructor)) return undefined;
  const expected = 'no call before Nest has made the instance: call it in onModuleInit()';
  return { path: displayName(run.method), expected, got: 'a call by the constructor, which ran unprotected' };
}

function note(self: object, method: DecoratedMethod): void {
  ranBare.set(self, { method, isOfConstructor: isBeingConstructed(self) });
}

/** A method of a decorated class may be synchronous: then it is none that the library would have protected. */
function watched(decorated: DecoratedMethod): MethodHandler {
  return {
    firstRun: undefined,
    invoke(method, self, args) {
      const result = method.apply(self, args);
      if (isAsynchronous(result)) note(self as object, decorated);
      return result;
    },
  };
}

function isAsynchronous(result: unknown): boolean {
  if (typeof result !== 'object' || result === null) return false;
  return isObservable(result) || 'then' in result || Symbol.asyncIterator in result;
}

function isBeingConstructed(self: object): boolean {
  const names = new Set<string>();
  for (let link: unknown = self; link !== null; link = Object.getPrototypeOf(link)) {
    const { constructor } = link as { constructor?: { name?: unknown } };
    if (typeof constructor?.name === 'string') names.add(constructor.name || '<anonymous>');
  }
  names.delete('Object');
  const frames = stack().split('\n');
  return frames.some((frame) => names.has(/^\s*at new (\S+)/.exec(frame)?.[1] ?? ''));
}

function stack(): string {
  const { stackTraceLimit } = Error;
  Reflect.set(Error, 'stackTraceLimit', SEARCHED_FRAMES);
  const { stack: frames = '' } = new Error();
  Reflect.set(Error, 'stackTraceLimit', stackTraceLimit);
  return frames;
}
