import { ownValue } from '../../../policy/own-property.js';
import type { HttpRequest } from '../../http.options.js';

type Values = Record<string, unknown>;

/**
 * A request, and its options apart from what is sent. As a class because it is in use as long as the request: see `Prepared`.
 */
export class SentRequest {
  readonly json: unknown;
  /** Undefined if there are none. */
  readonly options: object | undefined;

  /** @param given - the options as the caller wrote them; a JSON body may stand among them */
  constructor(
    readonly method: unknown,
    readonly url: unknown,
    readonly body: unknown,
    given: object | undefined,
  ) {
    this.json = given && ownValue(given as Values, 'json');
    this.options = given && optionsOf(given);
  }
}

/** Splits a request into its parts. */
export function requestOf(request: HttpRequest): SentRequest {
  const { method = 'GET', url, body } = request;
  return new SentRequest(method, url, body, request);
}

/** The request of a method that takes no body as an argument: one may stand among the options. */
export function requestWithoutBody(method: string, url: unknown, options: object | undefined): SentRequest {
  return new SentRequest(method, url, options && ownValue(options as Values, 'body'), options);
}

/** The options of a request beside what is sent; undefined if there are none. */
function optionsOf(given: object): object | undefined {
  let options: Values | undefined;
  for (const key of Object.keys(given)) {
    if (key === 'method' || key === 'url' || key === 'body' || key === 'json') continue;
    const value = (given as Values)[key];
    if (value !== undefined) (options ??= {})[key] = value;
  }
  return options;
}
