import type { Observable } from 'rxjs';
import { wrapMethod } from '../pipeline/methods/wrap-method.js';
import { bareEntry } from '../nest/bare-runs.js';
import {
  DecoratedMethod,
  methodBehind,
  ownMethodOf,
  rememberDecoratedMethod,
} from '../nest/decorated-method.js';
import type { AnyMethod, Declaration } from '../nest/decorated-method.js';
import { declaredKind } from '../nest/method-kind.js';
import { prepareForRuntime, RUNTIME } from '../nest/runtime-token.js';
import type { MaybeProtected } from '../nest/runtime-token.js';
import { methodTarget, nothingToProtect } from './decorator-target.js';

/** What a method has to return to be decorated. @public */
export type ResilientResult = Promise<unknown> | Observable<unknown> | AsyncIterable<unknown>;

/** A method that can be decorated. @public */
export type ResilientMethod = (...args: never[]) => ResilientResult;

/** The values that a stream takes through `next()`; `unknown` or `undefined` if it takes none. @public */
export type TakenByStream<R> = R extends {
  [Symbol.asyncIterator](): { next(...values: infer V extends readonly unknown[]): unknown };
}
  ? V[number]
  : undefined;

/** Anything, or, for a method whose async generator takes values, a text that the compiler shows. @public */
export type OneWayMethod<M extends ResilientMethod> =
  unknown extends TakenByStream<ReturnType<M>>
    ? unknown
    : [TakenByStream<ReturnType<M>>] extends [undefined | void]
      ? unknown
      : 'a decorated async generator gives values and takes none: the values of next() would not arrive';

/** A method decorator that only fits methods which return a promise, an Observable or an AsyncIterable. @public */
export type ResilientMethodDecorator = <T extends ResilientMethod>(
  prototype: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<T> & OneWayMethod<T>,
) => void;

/** Methods that Nest itself calls when the application starts and ends. */
const LIFECYCLE = new Set([
  'onModuleInit',
  'onApplicationBootstrap',
  'onModuleDestroy',
  'beforeApplicationShutdown',
  'onApplicationShutdown',
]);

/** Methods that the language itself calls, most of them synchronous; an async iterator is a method like any other. */
const LANGUAGE = new Set(
  Reflect.ownKeys(Symbol)
    .map((key) => (Symbol as unknown as Record<string | symbol, unknown>)[key])
    .filter((value) => typeof value === 'symbol' && value !== Symbol.asyncIterator),
);

/** Adds a declaration to a method; the first one puts a function in its place that asks the runtime. */
export function declare(declaration: Declaration): ResilientMethodDecorator {
  const decorator = (...target: unknown[]) => {
    const { prototype, key, descriptor } = methodTarget(declaration.decorator, target);
    methodAt(prototype, key, descriptor).declarations.push(declaration);
  };
  return decorator as ResilientMethodDecorator;
}

/**
 * Adds a declaration to every public method that a class declares.
 *
 * @throws ResilienceConfigurationError for a class that declares none
 */
export function declareForClass(declaration: Declaration, prototype: object): void {
  let isIdle = true;
  for (const key of Reflect.ownKeys(prototype)) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, key);
    if (!isPublic(key) || typeof descriptor?.value !== 'function') continue;
    const change = { value: descriptor.value as AnyMethod };
    methodAt(prototype, key, change).declarations.push({ ...declaration, isOfClass: true });
    Object.defineProperty(prototype, key, { ...descriptor, value: change.value });
    isIdle = false;
  }
  if (isIdle) throw nothingToProtect(declaration.decorator, prototype.constructor.name);
}

function isPublic(key: string | symbol): boolean {
  if (typeof key === 'symbol') return !LANGUAGE.has(key);
  return key !== 'constructor' && !key.startsWith('_') && !LIFECYCLE.has(key);
}

/**
 * Finds or makes the decorated method that a declaration belongs to. Another library's decorator may have replaced
 * the method since: then one pipeline stands around both. A method of another class, copied here, becomes one of its own.
 */
function methodAt(
  prototype: object,
  key: string | symbol,
  descriptor: { value: AnyMethod },
): DecoratedMethod {
  const known = methodBehind(descriptor.value);
  if (known?.owner === prototype && known.key === key) return known;
  const wrapped = known ? undefined : ownMethodOf(prototype, key);
  const original = known?.original ?? descriptor.value;
  const kind = known?.kind ?? declaredKind(prototype, key, original);
  const method = new DecoratedMethod({ owner: prototype, key, original, kind }, known ?? wrapped);
  if (wrapped) wrapped.successor = method;
  descriptor.value = replacementFor(method, descriptor.value);
  rememberDecoratedMethod(method, descriptor.value);
  prepareForRuntime(prototype);
  return method;
}

function replacementFor(method: DecoratedMethod, replaced: AnyMethod): AnyMethod {
  const replacement = wrapMethod(method.original, (self) => {
    const runtime = (self as MaybeProtected | undefined)?.[RUNTIME];
    // every call of the process goes through here: it loads three fields, and looks nothing up
    if (runtime !== undefined && runtime === method.lastRuntime) return method.lastEntry;
    return runtime === undefined ? bareEntry(self, method) : runtime.entry(method);
  });
  copyIdentity(replaced, replacement);
  return replacement;
}

/** Name, length, and all metadata that decorators below have set; what those above set lands here by itself. */
function copyIdentity(from: AnyMethod, to: object): void {
  for (const property of Reflect.ownKeys(from)) {
    const descriptor = Object.getOwnPropertyDescriptor(from, property);
    if (property !== 'prototype' && descriptor) Object.defineProperty(to, property, descriptor);
  }
  for (const key of Reflect.getMetadataKeys(from) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, from), to);
  }
}
