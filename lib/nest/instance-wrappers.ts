import { Scope } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

/** A provider, controller or enhancer: what this library reads of Nest's own wrapper. */
export interface InstanceWrapper {
  metatype: unknown;
  readonly instance?: unknown;
  /** An array if `metatype` is a factory. */
  readonly inject?: unknown;
  readonly scope?: Scope;
  isDependencyTreeStatic(): boolean;
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

/** True if Nest makes instances of a class again and again: for requests, or for each class that asks. */
export function isMadeRepeatedly(wrapper: InstanceWrapper, isLoaded: boolean): boolean {
  if (wrapper.scope === Scope.REQUEST || wrapper.scope === Scope.TRANSIENT) return true;
  // Nest keeps the answer: it must not be asked before all dependencies are known
  return isLoaded && !wrapper.isDependencyTreeStatic();
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
