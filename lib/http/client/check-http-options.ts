import { checkLayer } from '../../policy/layers.js';
import { bareObject, ownValue } from '../../policy/own-property.js';
import type { Problems } from '../../policy/problems.js';
import type { Layer, Rules } from '../../policy/rule.js';
import { optionRule, policyRules as strategyRules } from '../../strategies/policy.options.js';
import type { PolicyLayer } from '../../strategies/policy.options.js';
import { cacheRules } from '../../strategies/cache/cache.options.js';
import { checkEndpointOptions } from '../endpoints/endpoints.options.js';
import { clientRules, httpTimeoutRules, requestRules } from '../http.options.js';
import { keptRules } from '../kept.options.js';
import { POOL_OPTION_NAMES } from '../transports/undici/pool.options.js';
import type { ClientLayer, RequestLayer } from '../http.options.js';

/** One checked layer of options. */
export interface HttpLayer<L> {
  readonly strategies: PolicyLayer;
  readonly http: L;
}

/** The options beside the strategies, and both in one table: with a limit of the user's own, or with the server's. */
interface Tables<R extends Rules> {
  readonly rules: R;
  readonly ownLimit: Rules;
  readonly serverLimit: Rules;
}

/** A policy of an HTTP client: its time limits know one more, that of a streamed body, and its answers have headers and sizes. */
const policyRules: Rules = {
  ...strategyRules,
  timeout: optionRule({ rules: httpTimeoutRules, shorthand: 'attempt' }),
  cache: optionRule({ rules: { ...cacheRules, ...keptRules } }),
};

const tablesOf = <R extends Rules>(rules: R): Tables<R> => ({
  rules,
  ownLimit: { ...rules, ...policyRules },
  serverLimit: { ...policyRules, ...rules },
});

const CLIENT_TABLES = tablesOf(clientRules);
const REQUEST_TABLES = tablesOf(requestRules);

/** Checks the options of a client; never throws. */
export function checkClientOptions(value: object, path: string, problems: Problems): HttpLayer<ClientLayer> {
  const layer = checkHttpOptions(CLIENT_TABLES, value, path, problems);
  checkEndpointOptions(layer.http, path, problems);
  const { transport, dispatcher } = layer.http;
  // only one of them sends: the other would be ignored without a word
  const sender = (transport && 'a transport') ?? (dispatcher && 'a dispatcher');
  const ignored = POOL_OPTION_NAMES.filter((name) => sender && layer.http[name] !== undefined);
  for (const name of ignored)
    problems.add(`${path}.${name}`, `no ${name} beside ${sender}, which connects by itself`, 'both');
  if (transport !== undefined && dispatcher !== undefined)
    problems.add(`${path}.dispatcher`, 'no dispatcher beside a transport, which sends by itself', 'both');
  const { auth, headers = {} } = layer.http;
  if (auth && Object.keys(headers).some((name) => name.toLowerCase() === 'authorization'))
    problems.add(`${path}.auth`, 'no auth beside headers.authorization, which it would replace', 'both');
  return layer;
}

/** Checks the options of a request; never throws. */
export function checkRequestOptions(value: object, problems: Problems): HttpLayer<RequestLayer> {
  return checkHttpOptions(REQUEST_TABLES, value, 'request', problems);
}

function checkHttpOptions<R extends Rules>(
  { rules, ownLimit, serverLimit }: Tables<R>,
  value: object,
  path: string,
  problems: Problems,
): HttpLayer<Layer<R>> {
  // a limit of the user's own is a strategy, `'server'` is not
  const isServerLimit = typeof ownValue(value as { rateLimit?: unknown }, 'rateLimit') === 'string';
  const checked = checkLayer(isServerLimit ? serverLimit : ownLimit, value, path, problems);
  const strategies = bareObject();
  const http = bareObject();
  for (const [key, accepted] of Object.entries(checked)) {
    const isMine = Object.hasOwn(rules, key) && (isServerLimit || key !== 'rateLimit');
    (isMine ? http : strategies)[key] = accepted;
  }
  moveIdle(strategies, http);
  moveKept(strategies, http);
  return { strategies, http: http as Layer<R> };
}

/** Moves the options of answers from the strategy `cache` to the options of the exchange. */
function moveKept(strategies: PolicyLayer, http: { kept?: Record<string, unknown> }): void {
  const { cache } = strategies as { cache?: false | Record<string, unknown> };
  if (!cache) return;
  const [options, kept] = [bareObject(), bareObject()];
  for (const [key, value] of Object.entries(cache))
    (Object.hasOwn(keptRules, key) ? kept : options)[key] = value;
  if (Object.keys(kept).length === 0) return;
  http.kept = kept;
  strategies.cache = options;
}

/** Moves the idle limit from the strategy `timeout` to the options of the exchange: no strategy keeps it. */
function moveIdle(strategies: PolicyLayer, http: { idle?: number }): void {
  const { timeout } = strategies as { timeout?: false | { idle?: number } };
  if (timeout === false) http.idle = Infinity;
  if (!timeout || timeout.idle === undefined) return;
  const { idle, ...limits } = timeout;
  http.idle = idle;
  if (Object.keys(limits).length > 0) strategies.timeout = limits;
  else delete strategies.timeout;
}
