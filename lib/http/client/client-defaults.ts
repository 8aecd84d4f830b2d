import { mergeLayers } from '../../policy/layers.js';
import type { EndpointSource } from '../endpoints/endpoint-source.js';
import { mergedRules } from '../http.options.js';
import type { ClientLayer, RequestLayer, ResolvedRequestOptions } from '../http.options.js';
import { parseBase } from '../request/request-url.js';
import type { ParsedBase } from '../request/request-url.js';
import type { Auth } from './auth.js';

/** A client's options, worked out once for all its requests. */
export interface ClientDefaults {
  readonly layer: ClientLayer;
  /** The options of a request that brings none. */
  readonly options: ResolvedRequestOptions;
  readonly base: ParsedBase | undefined;
  /** In place of a base. */
  readonly endpoints: EndpointSource | undefined;
  readonly auth: Auth | undefined;
}

export function clientDefaults(layer: ClientLayer, auth?: Auth, endpoints?: EndpointSource): ClientDefaults {
  const base = layer.baseUrl === undefined ? undefined : parseBase(layer.baseUrl);
  return { layer, options: mergeLayers(mergedRules, [layer as RequestLayer]), base, endpoints, auth };
}
