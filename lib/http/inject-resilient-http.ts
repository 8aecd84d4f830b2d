import { Inject } from '@nestjs/common';
import { ResilienceConfigurationError } from '../exceptions/resilience-configuration.error.js';
import { ResilientHttpService } from './resilient-http.service.js';

/**
 * Augment it to have names of HTTP clients checked by the compiler; without an augmentation any text is a name.
 *
 * @example
 * ```ts
 * declare module 'nestjs-breakwater' {
 *   interface ResilienceClients { stripe: true }
 * }
 * ```
 * @public
 */
export interface ResilienceClients {}

/** A name of an HTTP client: any text, or a key of {@link ResilienceClients} once that is augmented. @public */
export type ClientName = keyof ResilienceClients extends never
  ? string
  : Extract<keyof ResilienceClients, string>;

const PREFIX = 'ResilientHttpService:';

/** The names for which classes and tests have made tokens. No application reads more of it than which tokens exist. */
const asked = new Set<string>();

/**
 * The injection token of a named client, for `overrideProvider()` in tests.
 *
 * @param name - a key of `clients`
 *
 * @example
 * ```ts
 * Test.createTestingModule({ imports: [AppModule] }).overrideProvider(getResilientHttpToken('stripe')).useValue({ post });
 * ```
 * @public
 */
export function getResilientHttpToken(name: ClientName): symbol {
  asked.add(name);
  return Symbol.for(PREFIX + name);
}

/** The client's name, if a token is one of {@link getResilientHttpToken}. */
export function clientNameOf(token: unknown): string | undefined {
  const key = typeof token === 'symbol' ? Symbol.keyFor(token) : undefined;
  return key?.startsWith(PREFIX) ? key.slice(PREFIX.length) : undefined;
}

/** The names of which tokens exist so far: Nest must know them before the names of an application are known. */
export function clientsAsked(): string[] {
  return [...asked];
}

/**
 * Injects the `ResilientHttpService` of a named client, or the default one without a name. A name that is no client
 * is an error when the application starts.
 *
 * @example
 * ```ts
 * class PaymentsService {
 *   constructor(@InjectResilientHttp('stripe') private readonly stripe: ResilientHttpService) {}
 * }
 * ```
 * @public
 */
export function InjectResilientHttp(name?: ClientName): ParameterDecorator & PropertyDecorator {
  if (name !== undefined && typeof (name as unknown) !== 'string') {
    const target = name as { name?: string; constructor: { name: string } };
    const path = `${target.name ?? target.constructor.name} @InjectResilientHttp`;
    const expected = 'parentheses: write @InjectResilientHttp()';
    throw new ResilienceConfigurationError([{ path, expected, got: 'none' }]);
  }
  return Inject(name === undefined ? ResilientHttpService : getResilientHttpToken(name));
}
