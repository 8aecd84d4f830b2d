import type { ModulesContainer } from '@nestjs/core';

/** A provider, controller or enhancer: what this library reads of Nest's own wrapper. */
export interface InstanceWrapper {
  metatype: unknown;
  readonly instance?: unknown;
  /** An array if `metatype` is a factory. */
  readonly inject?: unknown;
  getStaticTransientInstances(): readonly ({ readonly instance?: unknown } | undefined)[];
}

/** All that an application consists of. */
export function instanceWrappersOf(modules: ModulesContainer): InstanceWrapper[] {
  return [...modules.values()].flatMap(({ controllers, providers, injectables }) => [
    ...(controllers.values() as Iterable<InstanceWrapper>),
    ...(providers.values() as Iterable<InstanceWrapper>),
    ...(injectables.values() as Iterable<InstanceWrapper>),
  ]);
}

/** The objects that a provider stands for: itself, or, of an array, its members. */
export function objectsIn(value: unknown): object[] {
  const all: readonly unknown[] = Array.isArray(value) ? value : [value];
  return all.filter((one): one is object => typeof one === 'object' && one !== null);
}

/** The prototype of an object, if it has one. */
export function prototypeOf(instance: object): object[] {
  return objectsIn(Object.getPrototypeOf(instance));
}
