import { tryOrUndefined } from './error-chain.js';
import { headersAlong, headersOf } from './error-headers.js';
import type { FoundHeaders } from './error-headers.js';

/** Headers in which a server orders whether its client repeats a request (the SDKs of OpenAI, Anthropic and Stripe). */
const SHOULD_RETRY_HEADERS = ['x-should-retry', 'stripe-should-retry'];

/**
 * Reads a server's order whether to repeat the request: true, false, or undefined without one. Looks at the places
 * of `parseServerDelay`: an error, along its `cause`, or a returned response. Never throws.
 */
export function parseShouldRetry(source: unknown): boolean | undefined {
  return tryOrUndefined(() => firstOrder(headersAlong(source)));
}

/** Reads the order that the error itself, not its cause, carries. */
export function ownShouldRetry(error: unknown): boolean | undefined {
  return tryOrUndefined(() => firstOrder(headersOf(error)));
}

function firstOrder(found: Iterable<FoundHeaders>): boolean | undefined {
  for (const { headers } of found) {
    for (const name of SHOULD_RETRY_HEADERS) {
      const order = headers(name)?.toLowerCase();
      if (order === 'true' || order === 'false') return order === 'true';
    }
  }
  return undefined;
}
