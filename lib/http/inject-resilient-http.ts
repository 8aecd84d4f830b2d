import { Inject } from '@nestjs/common';
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
const asked = new Set<string>();
let listener: ((name: string) => void) | undefined;

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
  if (!asked.has(name)) {
    asked.add(name);
    listener?.(name);
  }
  return Symbol.for(PREFIX + name);
}

/** The client's name, if a token is one of {@link getResilientHttpToken}. */
export function clientNameOf(token: unknown): string | undefined {
  const key = typeof token === 'symbol' ? Symbol.keyFor(token) : undefined;
  return key?.startsWith(PREFIX) ? key.slice(PREFIX.length) : undefined;
}

/** Tells of every name that was or will be asked for in this process. */
export function onClientAsked(tell: (name: string) => void): void {
  listener = tell;
  for (const name of asked) tell(name);
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
  return Inject(name === undefined ? ResilientHttpService : getResilientHttpToken(name));
}
