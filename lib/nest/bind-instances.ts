import type { ModulesContainer } from '@nestjs/core';
import { Problems } from '../policy/problems.js';
import { decoratedMethodsOf } from './decorated-method.js';
import { instanceWrappersOf, objectsIn, prototypeOf } from './instance-wrappers.js';
import type { InstanceWrapper } from './instance-wrappers.js';
import type { MethodPipelines } from './method-pipelines.js';
import { giveRuntime, RUNTIME } from './runtime-token.js';
import type { MaybeProtected } from './runtime-token.js';

type Factory = (...dependencies: unknown[]) => unknown;

/** Factories whose products are bound as they are made. */
const followed = new WeakSet<object>();

/**
 * Gives the runtime to instances that Nest did not construct (`useFactory`, `useValue`), and to those that factories
 * will make, for requests and as transients too.
 *
 * @throws ResilienceConfigurationError for what is wrong with the decorators of their classes
 */
export function bindInstances(methods: MethodPipelines, modules: ModulesContainer): void {
  const problems = new Problems();
  for (const wrapper of instanceWrappersOf(modules)) {
    const transients = wrapper.getStaticTransientInstances().map((made) => made?.instance);
    for (const product of [wrapper.instance, ...transients]) bind(methods, product, problems);
    followFactory(methods, wrapper);
  }
  problems.throwIfAny();
}

function bind(methods: MethodPipelines, product: unknown, problems: Problems): void {
  for (const instance of objectsIn(product)) {
    const [prototype] = prototypeOf(instance);
    const decorated = prototype ? decoratedMethodsOf(prototype) : [];
    if (decorated.length === 0) continue;
    const held = (instance as MaybeProtected)[RUNTIME];
    // a value that outlived its application belongs to the next one
    if (!held || held.isClosing) giveRuntime(instance, methods);
    for (const method of decorated) methods.audit(method, [prototype], problems);
  }
}

function followFactory(methods: MethodPipelines, wrapper: InstanceWrapper): void {
  const { inject, metatype } = wrapper;
  if (!Array.isArray(inject) || followed.has(metatype as Factory)) return;
  const follow = (product: unknown) => {
    const problems = new Problems();
    bind(methods, product, problems);
    problems.throwIfAny();
    return product;
  };
  const factory: Factory = (...dependencies) => {
    const product = (metatype as Factory)(...dependencies);
    return product instanceof Promise ? product.then(follow) : follow(product);
  };
  followed.add(factory);
  wrapper.metatype = factory;
}
