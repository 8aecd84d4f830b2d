import { checkLayer } from '../policy/layers.js';
import type { Problems } from '../policy/problems.js';
import type { Layer, Rules } from '../policy/rule.js';
import { policyRules } from '../strategies/policy.options.js';
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
  // a limit of the user's own is a strategy, `'server'` is not
  const isServerLimit = typeof (value as { rateLimit?: unknown }).rateLimit === 'string';
  const all: Rules = isServerLimit ? { ...policyRules, ...rules } : { ...rules, ...policyRules };
  const checked = Object.entries(checkLayer(all, value, path, problems));
  const isMine = ([key]: [string, unknown]) =>
    Object.hasOwn(rules, key) && (isServerLimit || key !== 'rateLimit');
  const http = Object.fromEntries(checked.filter(isMine)) as Layer<R>;
  return { strategies: Object.fromEntries(checked.filter((entry) => !isMine(entry))), http };
}
