import type { ModulesContainer } from '@nestjs/core';
import { Problems } from '../policy/problems.js';
import { decoratedMethodsOf } from './decorated-method.js';
import { hostsOf, objectsIn, prototypeOf } from './hosts.js';
import type { Host } from './hosts.js';
import type { Runtime } from './runtime.js';
import { giveRuntime, RUNTIME } from './runtime-token.js';
import type { MaybeProtected } from './runtime-token.js';

type Factory = (...dependencies: unknown[]) => unknown;

/** Factories whose products are adopted as they are made. */
const followed = new WeakSet<object>();

/**
 * Gives the runtime to instances that Nest did not construct (`useFactory`, `useValue`), and to those that factories
 * will make, for requests and as transients too.
 *
 * @throws ResilienceConfigurationError for what is wrong with the decorators of their classes
 */
export function adoptInstances(runtime: Runtime, modules: ModulesContainer): void {
  const problems = new Problems();
  for (const host of hostsOf(modules)) {
    const transients = host.getStaticTransientInstances().map((made) => made?.instance);
    for (const product of [host.instance, ...transients]) adopt(runtime, product, problems);
    followFactory(runtime, host);
  }
  problems.throwIfAny();
}

function adopt(runtime: Runtime, product: unknown, problems: Problems): void {
  for (const instance of objectsIn(product)) {
    const [prototype] = prototypeOf(instance);
    const methods = prototype ? decoratedMethodsOf(prototype) : [];
    if (methods.length === 0) continue;
    const held = (instance as MaybeProtected)[RUNTIME];
    // a value that outlived its application belongs to the next one
    if (!held || held.lifetime.isEnding) giveRuntime(instance, runtime);
    for (const method of methods) runtime.methods.audit(method, [prototype], problems);
  }
}

function followFactory(runtime: Runtime, host: Host): void {
  const { inject, metatype } = host;
  if (!Array.isArray(inject) || followed.has(metatype as Factory)) return;
  const follow = (product: unknown) => {
    const problems = new Problems();
    adopt(runtime, product, problems);
    problems.throwIfAny();
    return product;
  };
  const factory: Factory = (...dependencies) => {
    const product = (metatype as Factory)(...dependencies);
    return product instanceof Promise ? product.then(follow) : follow(product);
  };
  followed.add(factory);
  host.metatype = factory;
}
