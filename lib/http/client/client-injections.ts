import type { ModulesContainer } from '@nestjs/core';
import { suggest } from '../../policy/problems.js';
import type { Problems } from '../../policy/problems.js';
import type { HttpClientOptions } from '../http.options.js';
import { clientNameOf } from '../inject-resilient-http.js';
import { ResilientHttpService } from '../resilient-http.service.js';

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

/** The tokens of all clients that classes and factories of the application ask for; the default one's is its class. */
export function injectedClientTokens(modules: ModulesContainer): Set<unknown> {
  const tokens = wrappersIn(modules).flatMap((wrapper) => [...tokensOf(wrapper), ...typesOf(wrapper)]);
  const isClient = (token: unknown) => token === ResilientHttpService || clientNameOf(token) !== undefined;
  return new Set(tokens.filter(isClient));
}

function wrappersIn(modules: ModulesContainer): InstanceWrapper[] {
  return [...modules.values()].flatMap(({ controllers, providers, injectables }) =>
    [controllers, providers, injectables].flatMap((all) => [...all.values()] as InstanceWrapper[]),
  );
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
  return wrappersIn(modules).flatMap((wrapper) => {
    const { name: where = 'a factory' } = (wrapper.metatype ?? {}) as { name?: string };
    const clients = tokensOf(wrapper).map(clientNameOf);
    return clients.flatMap((client) => (client === undefined ? [] : [{ where, client }]));
  });
}

/** Lists the tokens of `@Inject()` that Nest keeps by parameter and by property, and those of a factory. */
function tokensOf({ metatype, inject }: InstanceWrapper): unknown[] {
  if (Array.isArray(inject)) return inject.map(tokenOf);
  if (typeof metatype !== 'function') return [];
  const parameters = readList(metatype, 'self:paramtypes').map(({ param }) => param);
  const properties = readList(metatype, 'self:properties_metadata').map(({ type }) => type);
  return [...parameters, ...properties];
}

/** A factory names a token, or an object with it: `{ token, optional: true }`. */
function tokenOf(dependency: unknown): unknown {
  const isObject = typeof dependency === 'object' && dependency !== null;
  return isObject && 'token' in dependency ? dependency.token : dependency;
}

/** The types of the constructor's parameters, as the compiler has noted them. */
function typesOf({ metatype, inject }: InstanceWrapper): unknown[] {
  if (Array.isArray(inject) || typeof metatype !== 'function') return [];
  return (Reflect.getMetadata('design:paramtypes', metatype) as unknown[] | undefined) ?? [];
}

function readList(target: object, key: string): { param?: unknown; type?: unknown }[] {
  return (Reflect.getMetadata(key, target) as { param?: unknown; type?: unknown }[] | undefined) ?? [];
}
