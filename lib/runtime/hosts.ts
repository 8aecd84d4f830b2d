import type { ModulesContainer } from '@nestjs/core';

/** A provider, controller or enhancer: what is needed of Nest's InstanceWrapper. */
export interface Host {
  metatype: unknown;
  readonly instance?: unknown;
  /** An array if `metatype` is a factory. */
  readonly inject?: unknown;
  getStaticTransientInstances(): readonly ({ readonly instance?: unknown } | undefined)[];
}

/** All that an application consists of. */
export function hostsOf(modules: ModulesContainer): Host[] {
  return [...modules.values()].flatMap(({ controllers, providers, injectables }) => [
    ...(controllers.values() as Iterable<Host>),
    ...(providers.values() as Iterable<Host>),
    ...(injectables.values() as Iterable<Host>),
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
