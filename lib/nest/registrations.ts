import type { ModulesContainer } from '@nestjs/core';
import type { Problems } from '../policy/problems.js';
import type { ModuleRef } from './dependencies.js';

/** The token of a {@link Registration}; every copy of the package knows it. */
export const REGISTRATION = Symbol.for('nestjs-breakwater:registration');

/** One `forRoot()` or `forRootAsync()`. */
export interface Registration {
  /** Holds the stack of the call; it is read only if something is wrong. */
  readonly call: { readonly stack?: string };
  /** True for a module for tests, which takes the place of any other one. */
  readonly isForTests: boolean;
  /** The HTTP clients that it names. */
  readonly clients: readonly string[];
}

/** Remembers where the function that calls this one was called. */
export function newRegistration(clients: readonly string[], isForTests = false): Registration {
  const call = {};
  Error.captureStackTrace(call, newRegistration);
  return { call, isForTests, clients };
}

/** The modules of the application that provide the library, whatever copy they are of. */
export function registrationsIn(modules: ModulesContainer): ModuleRef[] {
  return [...modules.values()].filter(({ providers }) => providers.has(REGISTRATION));
}

/** What a module was registered with. */
export function registrationOf({ providers }: ModuleRef): Registration | undefined {
  return providers.get(REGISTRATION)?.instance as Registration | undefined;
}

/** Tells of modules that would each protect the application, with options of their own. */
export function tellOfSeveral(
  modules: ModulesContainer,
  several: readonly ModuleRef[],
  problems: Problems,
): void {
  if (several.length < 2) return;
  const expected =
    'it once in an application: import the same module object wherever it is needed, and add clients by forFeature()';
  const places = several.map((module) => placeOf(modules, module));
  problems.add('ResilienceModule.forRoot()', expected, places.join(', '));
}

/** `AppModule (file:12:3)`: the modules that import a registration, and the call. */
function placeOf(modules: ModulesContainer, module: ModuleRef): string {
  const registration = registrationOf(module);
  const importers = [...modules.values()].filter((one) => imports(one, module, registration));
  const names = importers.map(({ name }) => name).join(' and ') || 'a module';
  // the first frame is the function that registers, the second one its caller
  const [, , frame = ''] = (registration?.call.stack ?? '').split('\n');
  const [, line] = /^\s*at (?:.* \()?(.*?)\)?$/.exec(frame) ?? [];
  return line ? `${names} (${line})` : names;
}

function imports(importer: ModuleRef, module: ModuleRef, registration: Registration | undefined): boolean {
  // Nest imports global modules everywhere
  if (!module.isGlobal) return importer.imports.has(module);
  const written = (Reflect.getMetadata('imports', importer.metatype) ?? []) as readonly unknown[];
  return registration !== undefined && written.some((one) => isOf(one, registration));
}

function isOf(imported: unknown, registration: Registration): boolean {
  const { providers } = Object(imported) as { providers?: readonly { useValue?: unknown }[] };
  return Array.isArray(providers) && providers.some(({ useValue }) => useValue === registration);
}
