import type { ModulesContainer } from '@nestjs/core';
import type { Problems } from '../policy/problems.js';
import { earlyRunOf } from './bare-runs.js';
import { decoratedMethodsOf, displayName, mixedInMethodsOf } from './decorated-method.js';
import { reportFallbackCircles } from './fallback-circles.js';
import { instanceWrappersOf, isMadeRepeatedly, objectsIn, prototypeOf } from './instance-wrappers.js';
import type { InstanceWrapper } from './instance-wrappers.js';
import type { MethodPipelines } from './method-pipelines.js';
import { isOfRequest, reportSharedByRequests } from './request-scope.js';
import { giveRuntime, prepareForRuntime, RUNTIME } from './runtime-token.js';

type Factory = (...dependencies: unknown[]) => unknown;

/** Factories whose products are bound as they are made. */
const followed = new WeakSet<object>();

/** The prototypes that got decorated methods without Nest's knowing. */
const mixed = new WeakSet<object>();

/**
 * Gives the runtime to instances that Nest did not construct (`useFactory`, `useValue`), to those that factories
 * will make, for requests and as transients too, and to instances of classes that a mixin gave decorated methods.
 *
 * @param isLoaded - true once Nest has loaded all dependencies
 * @throws ResilienceConfigurationError for what is wrong with the decorators of their classes
 */
export function bindInstances(methods: MethodPipelines, modules: ModulesContainer, isLoaded: boolean): void {
  const problems = methods.newProblems();
  for (const wrapper of instanceWrappersOf(modules)) {
    prepareMixed(wrapper, problems, isLoaded);
    reportIfOfRequest(methods, wrapper, problems, isLoaded);
    const transients = wrapper.getStaticTransientInstances().map((made) => made?.instance);
    for (const product of [wrapper.instance, ...transients]) bind(methods, product, problems);
    followFactory(methods, wrapper);
  }
  problems.throwIfAny();
}

/** Refuses answers that requests would share, in a class that Nest makes for each of them. */
function reportIfOfRequest(
  methods: MethodPipelines,
  wrapper: InstanceWrapper,
  problems: Problems,
  isLoaded: boolean,
): void {
  const { metatype, inject } = wrapper;
  const prototype: unknown = typeof metatype === 'function' ? metatype.prototype : undefined;
  if (methods.isPassThrough || Array.isArray(inject) || !isObject(prototype)) return;
  if (isOfRequest(wrapper, isLoaded)) reportSharedByRequests(methods, prototype, problems);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/**
 * Prepares a class that a mixin gave decorated methods. Nest does not inject properties that it has not seen at the
 * class: instances that it makes again and again would stay unprotected, which is a problem.
 */
function prepareMixed(wrapper: InstanceWrapper, problems: Problems, isLoaded: boolean): void {
  const { metatype, inject } = wrapper;
  const prototype: unknown = typeof metatype === 'function' ? metatype.prototype : undefined;
  if (Array.isArray(inject) || typeof prototype !== 'object' || prototype === null) return;
  if (Object.hasOwn(prototype, RUNTIME) ? !mixed.has(prototype) : RUNTIME in prototype) return;
  const [method] = mixedInMethodsOf(prototype);
  if (!method) return;
  prepare(prototype);
  if (!isMadeRepeatedly(wrapper, isLoaded)) return;
  const { name } = metatype as { name: string };
  const expected = `a decorator at a method of ${name} or of a base class, as Nest makes instances of it repeatedly`;
  problems.add(`${name}.${String(method.key)}`, expected, `${displayName(method)}, copied by a mixin`);
}

function prepare(prototype: object): void {
  if (RUNTIME in prototype) return;
  prepareForRuntime(prototype);
  mixed.add(prototype);
}

function bind(methods: MethodPipelines, product: unknown, problems: Problems): void {
  for (const instance of objectsIn(product)) {
    const [prototype] = prototypeOf(instance);
    if (!prototype || !hasDecorated(methods, prototype, problems)) continue;
    const early = earlyRunOf(instance, false);
    if (early) problems.add(early.path, early.expected, early.got);
    giveRuntime(instance, methods);
  }
}

/** Examines a prototype until nothing is wrong with it: factories may make instances for each request. */
function hasDecorated(methods: MethodPipelines, prototype: object, problems: Problems): boolean {
  const known = methods.examined.get(prototype);
  if (known !== undefined) return known;
  const before = problems.list.length;
  const decorated = decoratedMethodsOf(prototype);
  if (decorated.length > 0) prepare(prototype);
  for (const method of decorated) methods.audit(method, [prototype], problems);
  if (!methods.isPassThrough) reportFallbackCircles(methods, [prototype], problems);
  if (problems.list.length === before) methods.examined.set(prototype, decorated.length > 0);
  return decorated.length > 0;
}

function followFactory(methods: MethodPipelines, wrapper: InstanceWrapper): void {
  const { inject, metatype } = wrapper;
  if (!Array.isArray(inject) || followed.has(metatype as Factory)) return;
  const follow = (product: unknown) => {
    const problems = methods.newProblems();
    bind(methods, product, problems);
    if (!methods.isPassThrough && isOfRequest(wrapper, false))
      for (const prototype of objectsIn(product).flatMap(prototypeOf))
        reportSharedByRequests(methods, prototype, problems);
    problems.throwIfAny();
    return product;
  };
  const factory: Factory = (...dependencies) => {
    const product = (metatype as Factory)(...dependencies);
    // Nest awaits what a factory returns: what is like a promise is awaited once, here
    return isThenable(product) ? Promise.resolve(product).then(follow) : follow(product);
  };
  followed.add(factory);
  wrapper.metatype = factory;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return isObject && typeof (value as { then?: unknown }).then === 'function';
}
