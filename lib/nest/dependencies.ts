import type { InjectionToken } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { InstanceWrapper } from './instance-wrappers.js';

/** A module of the application: what this library reads of Nest's own. */
export type ModuleRef = ModulesContainer extends Map<string, infer M> ? M : never;

/** A provider, and the module that has it. */
export interface Provided {
  readonly wrapper: InstanceWrapper;
  readonly module: ModuleRef;
}

/** What a provider needs, as far as Nest's metadata say. */
export function dependenciesOf({ wrapper, module }: Provided): Provided[] {
  return tokensOf(wrapper).flatMap((token) => find(token as InjectionToken, module) ?? []);
}

/** Finds the provider of a token the way Nest does: in the module, then in what it imports. */
export function find(token: InjectionToken, module: ModuleRef): Provided | undefined {
  const own = module.providers.get(token) ?? module.injectables.get(token);
  return own ? { wrapper: own, module } : findInImports(token, module, new Set(), false);
}

function findInImports(
  token: InjectionToken,
  module: ModuleRef,
  seen: Set<ModuleRef>,
  isPassedOn: boolean,
): Provided | undefined {
  for (const imported of module.imports) {
    if (seen.has(imported) || (isPassedOn && !module.exports.has(imported.metatype))) continue;
    seen.add(imported);
    const wrapper = imported.exports.has(token) ? imported.providers.get(token) : undefined;
    if (wrapper) return { wrapper: wrapper, module: imported };
    const found = findInImports(token, imported, seen, true);
    if (found) return found;
  }
  return undefined;
}

/** The tokens that a class or a factory asks for. */
function tokensOf({ metatype, inject }: InstanceWrapper): unknown[] {
  if (Array.isArray(inject)) return inject.map(plainToken);
  if (typeof metatype !== 'function') return [];
  const parameters = [...list<unknown>(metatype, 'design:paramtypes')];
  for (const { index, param } of list<{ index: number; param: unknown }>(metatype, 'self:paramtypes'))
    parameters[index] = param;
  const properties = list<{ type: unknown }>(metatype, 'self:properties_metadata').map(({ type }) => type);
  return [...parameters, ...properties].map(plainToken);
}

function plainToken(given: unknown): unknown {
  const { token, forwardRef } = Object(given) as { token?: unknown; forwardRef?: () => unknown };
  if (typeof given === 'object' && token !== undefined) return plainToken(token);
  return typeof given === 'object' && forwardRef ? forwardRef() : given;
}

function list<T>(target: object, key: string): readonly T[] {
  return (Reflect.getMetadata(key, target) as readonly T[] | undefined) ?? [];
}
