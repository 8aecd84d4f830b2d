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
  return new Set(injectionsOf(modules).map(({ client }) => client));
}

/** Reports every class and factory that asks for a client which does not exist. */
export function auditInjections(
  modules: ModulesContainer,
  known: readonly string[],
  problems: Problems,
): void {
  for (const { client, where } of injectionsOf(modules)) {
    if (known.includes(client)) continue;
    const expected = `a client that exists (${suggest(client, known)})`;
    problems.add(`${where} @InjectResilientHttp`, expected, client);
  }
}

/** A class or factory, and the name of a client that it asks for. */
interface Injection {
  readonly where: string;
  readonly client: string;
}

function injectionsOf(modules: ModulesContainer): Injection[] {
  const collections = [...modules.values()].flatMap(({ controllers, providers, injectables }) => [
    controllers,
    providers,
    injectables,
  ]);
  const wrappers = collections.flatMap((collection) => [...collection.values()] as InstanceWrapper[]);
  return wrappers.flatMap((wrapper) => {
    const { name: where = 'a factory' } = (wrapper.metatype ?? {}) as { name?: string };
    const clients = tokensOf(wrapper).map(clientNameOf);
    return clients.flatMap((client) => (client === undefined ? [] : [{ where, client }]));
  });
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
