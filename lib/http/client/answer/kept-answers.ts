import { isDeepStrictEqual } from 'node:util';
import type { AnswerForm, CacheAnswer } from '../../../strategies/call-wrapper.js';
import { UNKEPT } from '../../../strategies/keyed-call.js';
import { isOptionsObject } from '../../../policy/layers.js';
import { checkedHeader } from '../../request-headers.js';
import type { HeaderContext, SentHeaders } from '../../request-headers.js';
import { AskedOnce, withAsked } from './asked-once.js';
import type { KeptOptions } from '../../kept.options.js';
import type { PreparedRequest, TransportResponse } from '../../transport.js';
import { fullUrl } from '../hooks.js';
import type { Prepared } from '../prepare/prepare-request.js';
import type { CacheKey } from '../../../strategies/call-key.js';
import type { AnswerBook } from './headers/answer-book.js';
import type { SendState } from '../call/send-state.js';
import type { OwnTimes } from './headers/answer-policy.js';
import { wantsNothingKept } from './headers/directives.js';
import { HeaderJudge } from './headers/header-judge.js';
import type { AnswerOrigin, KeysOfCall } from './headers/header-judge.js';
import { placeInKey } from './place-in-key.js';
import type { AnswerKey } from './place-in-key.js';
import { HttpResponse, isAccepted } from './response.js';
import type { HttpResult } from './response.js';

/** Requests for a part of an answer, or under a condition: their answer is not that of the URL. */
const NOT_WHOLE = /^(?:range|if-.+)$/;

/** In the place of the client's token in a key: it changes, the identity stays. */
const CLIENT_IDENTITY = ['auth'];

/** Headers that tell one user from another. */
const CREDENTIALS = ['authorization', 'cookie'];

/** Headers of a request by which it says which answers it takes. */
const DIRECTIVE_HEADERS = ['cache-control', 'pragma'];

const NO_NAMES: readonly string[] = [];

/** The way in which the answers of a client are kept. */
export interface KeptFor {
  readonly options: KeptOptions;
  /** True for a status whose answers may be kept. */
  readonly keptStatus: (status: number) => boolean;
  readonly key: AnswerKey | undefined;
  /** With `respect: 'headers'`: what the client knows of its answers, and the times of its own. */
  readonly judged?: { readonly book: AnswerBook; readonly own: OwnTimes } | undefined;
}

/** The facts of one call for strategies that keep answers: its key, and which of its answers may be kept. */
export class KeptAnswers implements AnswerForm, KeysOfCall {
  /** Values for {@link Operation.cacheKey}. */
  readonly cacheKey: unknown;
  /** The same request, whose first attempt sends the headers of the key. */
  readonly prepared: Prepared;
  /** Set where answers say themselves how they may be used. */
  readonly judge: HeaderJudge | undefined;
  private readonly sizes = new WeakMap<object, number>();
  /** The headers of the request, with those that functions have said. */
  headers: SentHeaders;
  /** The first part of all keys of the call; a user's function is asked for it once. */
  private place: unknown = undefined;

  constructor(
    prepared: Prepared,
    private readonly how: KeptFor,
  ) {
    const { request } = prepared;
    const { judged } = how;
    const isWanted = isKeepable(prepared, how);
    this.headers = request.headers;
    this.prepared = prepared;
    this.judge = isWanted && judged ? new HeaderJudge(request, judged.book, judged.own, this) : undefined;
    const varying = this.judge?.names ?? NO_NAMES;
    const inKey = [...this.varyBy, ...varying, ...(this.judge ? DIRECTIVE_HEADERS : NO_NAMES)];
    const asked = (prepared.perAttempt?.asked ?? []).filter(({ name }) => inKey.includes(name));
    if (!isWanted || asked.length === 0) {
      this.cacheKey = isWanted ? this.keyWith(varying) : UNKEPT;
      return;
    }
    const context: HeaderContext = { attempt: 1, method: request.method, url: fullUrl(request) };
    const first = asked.map((one) => new AskedOnce(one, context));
    this.prepared = withAsked(prepared, first);
    this.cacheKey = this.keyOnceAsked(first, varying);
  }

  get maxBytes(): number {
    return this.how.options.maxBytes;
  }

  /** The headers that are part of every key. */
  get varyBy(): readonly string[] {
    return this.how.key ? NO_NAMES : this.how.options.varyBy;
  }

  /** Notes an answer that came for the call. */
  note(result: HttpResult, sent: PreparedRequest, response: TransportResponse, of: SendState): void {
    const { status, headers, body } = response;
    const isWhole = status !== 206 && this.how.keptStatus(status) && headers['set-cookie'] === undefined;
    const origin = { sent, sentAt: of.sentAt, isRedirected: of.hops > 0, size: body.length };
    if (isWhole && (origin.isRedirected || this.isAsKeyed(sent))) this.noteWhole(result, response, origin);
  }

  private noteWhole(result: HttpResult, response: TransportResponse, origin: AnswerOrigin): void {
    this.sizes.set(result, origin.size);
    this.judge?.note(result, response, origin);
  }

  /** False where a function has said something else for the attempt that was answered than for the key. */
  private isAsKeyed({ headers: sent }: PreparedRequest): boolean {
    const { perAttempt } = this.prepared;
    if (!perAttempt || perAttempt.asked.length === 0) return true;
    const isSame = (name: string) =>
      isDeepStrictEqual(this.partOf(name, sent), this.partOf(name, this.headers));
    const isToken = (name: string) => name === 'authorization' && this.headers[name] === undefined;
    return perAttempt.asked.every(({ name }) => !this.varyBy.includes(name) || isToken(name) || isSame(name));
  }

  /** The answer to a request that has asked whether the kept one still holds, if it does. */
  confirmed(sent: PreparedRequest, response: TransportResponse, of: SendState): HttpResult | undefined {
    const renewed = this.judge?.confirmed(sent, response);
    if (!renewed) return undefined;
    const { answer, headers, size } = renewed;
    const { status, data } = answer;
    const result = HttpResponse.of({ status, headers, data, url: sent.url, attempts: of.attempt.attempt });
    const origin = { sent, sentAt: of.sentAt, isRedirected: false, size };
    if (this.isAsKeyed(sent)) this.noteWhole(result, { ...response, status, headers }, origin);
    return result;
  }

  readonly weigh = (result: unknown): number | undefined => {
    // the answer of another call's run is known to the judge alone
    const size = this.sizes.get(result as object) ?? this.judge?.sizeOf(result);
    return size !== undefined && size <= this.how.options.maxEntryBytes ? size : undefined;
  };

  readonly told = (result: unknown, cache: CacheAnswer, attempts: number): HttpResult => {
    const { status, headers, data, url } = result as HttpResult;
    const isKept = cache === 'hit' || cache === 'stale';
    return HttpResponse.of({
      status,
      headers: isKept && this.judge ? this.judge.agedHeaders(result as HttpResult) : headers,
      data,
      url,
      attempts,
      cache: cache === 'miss' ? undefined : cache,
    });
  };

  readonly stored = (result: unknown): unknown => {
    const { status, headers, data, url } = result as HttpResult;
    const body = data instanceof Uint8Array ? { base64: Buffer.from(data).toString('base64') } : { data };
    return { status, headers, url, ...body, ...this.judge?.written(result) };
  };

  readonly restored = (stored: unknown): unknown => {
    if (!isOptionsObject(stored)) return undefined;
    const { status, headers, url, data, base64, record } = stored;
    if (typeof status !== 'number' || typeof url !== 'string' || !isOptionsObject(headers)) return undefined;
    const read = typeof base64 === 'string' ? Buffer.from(base64, 'base64') : data;
    const result = HttpResponse.of({
      status,
      headers: headers as HttpResult['headers'],
      data: read,
      url,
      attempts: 0,
    });
    this.judge?.read(result, record);
    return result;
  };

  keyWith(names: readonly string[], sent?: SentHeaders): unknown {
    const { request, options, perAttempt } = this.prepared;
    if (!sent && names.some((name) => this.isUnknown(name))) return undefined;
    const own = this.varyBy.map((name) => this.partOf(name, this.headers));
    const varied = names.map((name) => {
      const isToken = name === 'authorization' && perAttempt?.auth !== undefined;
      return this.partOf(name, isToken ? this.headers : (sent ?? this.headers));
    });
    if (this.place === undefined) this.place = placeInKey(request, this.how.key);
    return [this.place, request.method, options.responseType, this.kindWith(names), ...own, ...varied];
  }

  accepts(status: number): boolean {
    return isAccepted(this.prepared.options, status);
  }

  tellsUsersApart(names: readonly string[]): boolean {
    const all = [...this.varyBy, ...names];
    return CREDENTIALS.some((name) => all.includes(name) && this.partOf(name, this.headers) !== undefined);
  }

  /** The part of a key that names its headers, and tells answers that are judged from those that are kept for a time alone. */
  private kindWith(names: readonly string[]): string {
    const own = textOf(this.varyBy);
    if (!this.how.judged) return own;
    return names.length === 0 ? `judged ${own}` : `judged ${own},${names.join()}`;
  }

  /** The part of a header in a key. A token that is sent is the client's, unless the request brings its own. */
  private partOf(name: string, headers: SentHeaders): CacheKey {
    // an answer may name anything in its Vary: `constructor`, too
    const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
    const isToken = name === 'authorization' && value === undefined && this.prepared.perAttempt?.auth;
    return isToken ? CLIENT_IDENTITY : value;
  }

  /** True for a header that is made for each attempt, and was not asked for yet. */
  private isUnknown(name: string): boolean {
    const asked = this.prepared.perAttempt?.asked ?? [];
    return asked.some((one) => one.name === name && !(one instanceof AskedOnce));
  }

  /** Asks the functions of the headers that belong to the key; a call whose function fails is not kept, and fails as ever. */
  private async keyOnceAsked(asked: readonly AskedOnce[], varying: readonly string[]): Promise<unknown> {
    try {
      const answers = await Promise.all(asked.map(({ answer }) => answer));
      const headers: SentHeaders = { ...this.headers };
      for (const [name, value] of answers)
        if (value !== undefined) headers[name] = checkedHeader(name, value);
      this.headers = headers;
      return this.judge && wantsNothingKept(headers) ? UNKEPT : this.keyWith(varying, headers);
    } catch {
      return UNKEPT;
    }
  }
}

function isKeepable(
  { request, options, perAttempt }: Prepared,
  { options: { varyBy }, judged }: KeptFor,
): boolean {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (!isRead || options.responseType === 'stream') return false;
  if (judged && wantsNothingKept(request.headers)) return false;
  const isForPart = (name: string) =>
    NOT_WHOLE.test(name) && (judged !== undefined || !varyBy.includes(name));
  const isPartAsked = perAttempt?.asked.some(({ name }) => isForPart(name)) ?? false;
  return !isPartAsked && !Object.keys(request.headers).some(isForPart);
}

/** The texts of lists of names, which are the same for all requests of a client. */
const texts = new WeakMap<readonly string[], string>();

function textOf(names: readonly string[]): string {
  const known = texts.get(names);
  if (known !== undefined) return known;
  const text = names.join();
  texts.set(names, text);
  return text;
}
