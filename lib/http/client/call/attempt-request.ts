import type { Attempt } from '../../../pipeline/attempt-context.js';
import { read } from '../../../policy/error-chain.js';
import type { SentBody } from '../../request-body.js';
import { askHeaders, checkedHeader } from '../../request-headers.js';
import type { SentHeaders } from '../../request-headers.js';
import type { PreparedRequest } from '../../transport.js';
import type { Auth, Token } from '../auth.js';
import { discardBody } from '../prepare/body-source.js';
import type { BodySource } from '../prepare/body-source.js';
import type { HeldResources } from './held-resources.js';
import { fullUrl, runOnRequest } from '../hooks.js';
import type { PerAttempt } from '../prepare/prepare-request.js';

/** The request of one attempt, and the token that it carries. */
export interface MadeRequest {
  readonly request: PreparedRequest;
  readonly token: Token | undefined;
}

type Draft = { -readonly [K in keyof PreparedRequest]: PreparedRequest[K] };

/**
 * Makes the request of one attempt, in the call's async context and the attempt's time: header functions, the token,
 * the body, then `onRequest`. Once the attempt is over, nothing more of the application's code is run.
 *
 * @param key - the idempotency key of earlier attempts: there is one per call
 */
export async function makeRequest(
  ready: PreparedRequest,
  perAttempt: PerAttempt,
  attempt: Attempt,
  key: string | string[] | undefined,
): Promise<MadeRequest> {
  const draft: Draft = { ...ready, headers: { ...ready.headers } };
  if (key !== undefined) draft.headers['idempotency-key'] = key;
  const hasAuthorization = await addAnswers(draft, perAttempt, attempt, key !== undefined);
  const token = hasAuthorization ? undefined : await authorize(draft.headers, perAttempt.auth, attempt);
  try {
    if (perAttempt.body) setBody(draft, await perAttempt.body.make());
    throwIfOver(attempt);
    if (perAttempt.onRequest)
      draft.headers = await runOnRequest(perAttempt.onRequest, draft, attempt.attempt);
    throwIfOver(attempt);
  } catch (error) {
    discardBody(draft.body);
    throw error;
  }
  // an encoding that the application asks for is decoded by the application
  draft.decodes = ready.decodes && draft.headers['accept-encoding'] === ready.headers['accept-encoding'];
  return { request: draft, token };
}

/** The same request for an attempt that follows an error. */
export function afterError(request: PreparedRequest, lastError: unknown): PreparedRequest {
  // RFC 9110 §15.5.20: to be repeated over a different connection
  const wasMisdirected = read(lastError, 'upstreamStatus') === 421;
  return wasMisdirected ? { ...request, wantsNewConnection: true } : request;
}

/** Gives requests the idempotency key of their call. */
export function setKey(key: string, requests: readonly PreparedRequest[]): void {
  for (const { headers } of requests) headers['idempotency-key'] = key;
}

/** Gives a request that is redirected a body of its own. */
export async function renewBody(
  next: PreparedRequest,
  source: BodySource,
  attempt: Attempt,
  held: HeldResources,
): Promise<PreparedRequest> {
  const draft: Draft = { ...next, headers: { ...next.headers } };
  attempt.concernsUpstream = false;
  setBody(draft, await source.make());
  held.holdBody(draft.body);
  throwIfOver(attempt);
  attempt.concernsUpstream = true;
  return draft;
}

function setBody(draft: Draft, { content, contentType, isTypeFixed }: SentBody): void {
  draft.body = content;
  const { headers } = draft;
  if (contentType !== undefined && (isTypeFixed || headers['content-type'] === undefined))
    headers['content-type'] = contentType;
}

/** True if one of the functions has given an `authorization`. */
async function addAnswers(
  { method, origin, path, headers }: Draft,
  { asked }: PerAttempt,
  { attempt, lastError }: Attempt,
  hasKey: boolean,
): Promise<boolean> {
  const wanted = hasKey ? asked.filter(({ name }) => name !== 'idempotency-key') : asked;
  if (wanted.length === 0) return false;
  const url = fullUrl({ origin, path });
  const context = { attempt, method, url, ...(lastError !== undefined && { lastError }) };
  const given = (await askHeaders(wanted, context)).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) headers[name] = checkedHeader(name, value);
  return given.some(([name]) => name === 'authorization');
}

async function authorize(
  headers: SentHeaders,
  auth: Auth | undefined,
  attempt: Attempt,
): Promise<Token | undefined> {
  throwIfOver(attempt);
  if (!auth) return undefined;
  const known = auth.get();
  const token = known instanceof Promise ? await known : known;
  throwIfOver(attempt);
  headers.authorization = token.authorization;
  return token;
}

/** Ends an attempt for which the caller no longer waits; the caller has the reason already. */
export function throwIfOver(attempt: Attempt): void {
  if (attempt.isAborted) throw attempt.signal.reason;
}
