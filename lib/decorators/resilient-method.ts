import { Inject } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { ResilienceConfigurationError } from '../exceptions/resilience-configuration.error.js';
import { wrapMethod } from '../pipeline/methods/wrap-method.js';
import { rememberDecoratedMethod } from '../nest/decorated-method.js';
import type { Declaration, DecoratedMethod } from '../nest/decorated-method.js';
import { declaredKind } from '../nest/method-kind.js';
import type { MethodPipelines } from '../nest/method-pipelines.js';
import { giveRuntime, RUNTIME, RUNTIME_TOKEN, runtimeOfSealed } from '../nest/runtime-token.js';
import type { MaybeProtected } from '../nest/runtime-token.js';

type Method = DecoratedMethod['original'];

/** What a method has to return to be decorated. @public */
export type ResilientResult = Promise<unknown> | Observable<unknown> | AsyncIterable<unknown>;

/** A method that can be decorated. @public */
export type ResilientMethod = (...args: never[]) => ResilientResult;

/** A method decorator that only fits methods which return a promise, an Observable or an AsyncIterable. @public */
export type ResilientMethodDecorator = <T extends ResilientMethod>(
  prototype: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<T>,
) => void;

/** Methods that Nest itself calls when the application starts and ends. */
const LIFECYCLE = new Set([
  'onModuleInit',
  'onApplicationBootstrap',
  'onModuleDestroy',
  'beforeApplicationShutdown',
  'onApplicationShutdown',
]);

/** The methods that this library has replaced, by what stands in their place. */
const replaced = new WeakMap<object, DecoratedMethod>();
let count = 0;

/** Adds a declaration to a method; the first one puts a function in its place that asks the runtime. */
export function declare(declaration: Declaration): ResilientMethodDecorator {
  return (prototype, key, descriptor) => {
    assertMethod(prototype, key, descriptor, declaration.decorator);
    const method = replaced.get(descriptor.value) ?? replace(prototype, key, descriptor);
    method.declarations.push(declaration);
  };
}

/** Adds a declaration to every public method that a class declares. */
export function declareForClass(declaration: Declaration, prototype: object): void {
  for (const key of Object.getOwnPropertyNames(prototype)) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, key);
    const isPublic = key !== 'constructor' && !key.startsWith('_') && !LIFECYCLE.has(key);
    if (!isPublic || typeof descriptor?.value !== 'function') continue;
    const change = { value: descriptor.value as Method };
    const method = replaced.get(change.value) ?? replace(prototype, key, change);
    method.declarations.push({ ...declaration, isOfClass: true });
    Object.defineProperty(prototype, key, { ...descriptor, value: change.value });
  }
}

interface MethodDescriptor {
  value?: unknown;
}

function assertMethod(
  prototype: object,
  key: string | symbol,
  descriptor: MethodDescriptor | undefined,
  decorator: string,
): asserts descriptor is { value: Method } {
  if (typeof prototype === 'object' && typeof descriptor?.value === 'function') return;
  const got = typeof prototype === 'function' ? 'a static member' : 'a property or accessor';
  throw new ResilienceConfigurationError([
    { path: `${String(key)} ${decorator}`, expected: 'an instance method', got },
  ]);
}

function replace(prototype: object, key: string | symbol, descriptor: { value: Method }): DecoratedMethod {
  const original = descriptor.value;
  const kind = declaredKind(prototype, key, original);
  const method: DecoratedMethod = { index: count++, owner: prototype, key, original, kind, declarations: [] };
  const replacement = wrapMethod(original, (self) =>
    (self as MaybeProtected | undefined)?.[RUNTIME]?.entry(method),
  );
  copyIdentity(original, replacement);
  descriptor.value = replacement;
  replaced.set(replacement, method);
  rememberDecoratedMethod(method);
  injectRuntime(prototype);
  return method;
}

/** Name, length, and all metadata that decorators below have set; what those above set lands here by itself. */
function copyIdentity(from: Method, to: object): void {
  for (const property of Reflect.ownKeys(from)) {
    const descriptor = Object.getOwnPropertyDescriptor(from, property);
    if (property !== 'prototype' && descriptor) Object.defineProperty(to, property, descriptor);
  }
  for (const key of Reflect.getMetadataKeys(from) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, from), to);
  }
}

/** Once per class: Nest injects the runtime, and a setter stores it where nobody sees it. */
function injectRuntime(prototype: object): void {
  if (RUNTIME in prototype) return;
  Object.defineProperty(prototype, RUNTIME, {
    configurable: true,
    get(this: object) {
      return runtimeOfSealed(this);
    },
    set(this: object, methods: MethodPipelines) {
      giveRuntime(this, methods);
    },
  });
  Inject(RUNTIME_TOKEN)(prototype, RUNTIME);
}
