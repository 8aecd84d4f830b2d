import { checkLayer } from '../policy/layers.js';
import type { Problems } from '../policy/problems.js';
import type { Layer } from '../policy/rule.js';
import { checkPolicy } from '../strategies/policy.options.js';
import type { PolicyLayer } from '../strategies/policy.options.js';
import { clientRules, requestRules } from './http.options.js';
import type { ClientLayer, RequestLayer } from './http.options.js';

/** One checked layer of options. */
export interface HttpLayer<L> {
  readonly strategies: PolicyLayer;
  readonly http: L;
}

/** Checks the options of a client; never throws. */
export function checkClientOptions(value: object, path: string, problems: Problems): HttpLayer<ClientLayer> {
  return checkHttpOptions(clientRules, value, path, problems);
}

/** Checks the options of a request; never throws. */
export function checkRequestOptions(value: object, problems: Problems): HttpLayer<RequestLayer> {
  return checkHttpOptions(requestRules, value, 'request', problems);
}

function checkHttpOptions<R extends typeof clientRules | typeof requestRules>(
  rules: R,
  value: object,
  path: string,
  problems: Problems,
): HttpLayer<Layer<R>> {
  const entries = Object.entries(value) as [string, unknown][];
  // a limit of the user's own is a strategy, `'server'` is not
  const isMine = ([key, given]: [string, unknown]) =>
    Object.hasOwn(rules, key) && !(key === 'rateLimit' && typeof given !== 'string');
  const mine = entries.filter(isMine);
  const others = entries.filter((entry) => !isMine(entry));
  const known = Object.keys(rules).filter((key) => key !== 'rateLimit');
  const strategies = checkPolicy(Object.fromEntries(others), path, problems, known);
  const http = mine.length > 0 ? checkLayer(rules, Object.fromEntries(mine), path, problems) : {};
  return { strategies, http };
}
