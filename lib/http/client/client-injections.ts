import type { ModulesContainer } from '@nestjs/core';
import { suggest } from '../../policy/problems.js';
import type { Problems } from '../../policy/problems.js';
import type { HttpClientOptions } from '../http.options.js';
import { clientNameOf } from '../inject-resilient-http.js';

/** Named HTTP clients. @public */
export type ClientsOptions = Readonly<Record<string, HttpClientOptions>>;

/** Where `forFeature()` leaves its options, for the application to find them. */
export const FEATURE_CLIENTS = Symbol.for('nestjs-breakwater:clients of ResilienceModule.forFeature()');

interface InstanceWrapper {
  readonly metatype: unknown;
  readonly inject?: unknown;
  readonly instance?: unknown;
}

/** The `clients` of every `forFeature()` in the application. */
export function featuresOf(modules: ModulesContainer): unknown[] {
  return [...modules.values()]
    .map(({ providers }) => providers.get(FEATURE_CLIENTS) as InstanceWrapper | undefined)
    .flatMap((wrapper) => (wrapper ? [wrapper.instance] : []));
}

/** The names of the clients that classes and factories of the application ask for. */
export function injectedClients(modules: ModulesContainer): Set<string> {
  const names = new Set<string>();
  for (const { controllers, providers, injectables } of modules.values()) {
    for (const collection of [controllers, providers, injectables]) {
      const tokens = ([...collection.values()] as InstanceWrapper[]).flatMap(tokensOf);
      for (const token of tokens) names.add(clientNameOf(token) ?? '');
    }
  }
  return names;
}

/** Reports every class and factory that asks for a client which does not exist. */
export function auditInjections(
  modules: ModulesContainer,
  known: readonly string[],
  problems: Problems,
): void {
  for (const { controllers, providers, injectables } of modules.values()) {
    for (const collection of [controllers, providers, injectables]) {
      for (const wrapper of collection.values() as Iterable<InstanceWrapper>)
        auditWrapper(wrapper, known, problems);
    }
  }
}

function auditWrapper(wrapper: InstanceWrapper, known: readonly string[], problems: Problems): void {
  for (const token of tokensOf(wrapper)) {
    const name = clientNameOf(token);
    if (name === undefined || known.includes(name)) continue;
    const { name: where = 'a factory' } = wrapper.metatype as { name?: string };
    problems.add(`${where} @InjectResilientHttp`, `a client that exists (${suggest(name, known)})`, name);
  }
}

/** Lists the tokens of `@Inject()` that Nest keeps by parameter and by property, and those of a factory. */
function tokensOf({ metatype, inject }: InstanceWrapper): unknown[] {
  if (Array.isArray(inject)) return inject as unknown[];
  if (typeof metatype !== 'function') return [];
  const parameters = readList(metatype, 'self:paramtypes').map(({ param }) => param);
  const properties = readList(metatype, 'self:properties_metadata').map(({ type }) => type);
  return [...parameters, ...properties];
}

function readList(target: object, key: string): { param?: unknown; type?: unknown }[] {
  return (Reflect.getMetadata(key, target) as { param?: unknown; type?: unknown }[] | undefined) ?? [];
}
