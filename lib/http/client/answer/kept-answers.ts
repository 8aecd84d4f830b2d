import type { CacheAnswer } from '../../../strategies/call-wrapper.js';
import type { Operation } from '../../../pipeline/operation.js';
import { UNKEPT } from '../../../strategies/keyed-call.js';
import { InvalidRequestException } from '../../../exceptions/upstream.exceptions.js';
import { isOptionsObject } from '../../../policy/layers.js';
import { checkedHeader } from '../../request-headers.js';
import type { AskedHeader, HeaderAnswer, HeaderContext, SentHeaders } from '../../request-headers.js';
import type { KeptOptions } from '../../kept.options.js';
import type { PreparedRequest, TransportResponse } from '../../transport.js';
import { fullUrl } from '../hooks.js';
import { Prepared } from '../prepare/prepare-request.js';
import { HttpResponse } from './response.js';
import type { HttpResult } from './response.js';

/** A `key` of the user's for the answers of a client. */
export type AnswerKey = (request: object) => unknown;

/** Requests for a part of an answer, or under a condition: their answer is not that of the URL. */
const NOT_WHOLE = /^(?:range|if-.+)$/;

/** In the place of the client's token in a key: it changes, the identity stays. */
const CLIENT_IDENTITY = ['auth'];

/** The facts of one call for strategies that keep answers: its key, and which of its answers may be kept. */
export class KeptAnswers {
  /** Values for {@link Operation.cacheKey}. */
  readonly cacheKey: unknown;
  /** The same request, whose first attempt sends the headers of the key. */
  readonly prepared: Prepared;
  private readonly sizes = new WeakMap<object, number>();

  constructor(
    prepared: Prepared,
    private readonly options: KeptOptions,
    private readonly keptStatus: (status: number) => boolean,
    key: AnswerKey | undefined,
  ) {
    const { request } = prepared;
    const isWanted = isKeepable(prepared, options);
    const asked = (prepared.perAttempt?.asked ?? []).filter(({ name }) => options.varyBy.includes(name));
    if (!isWanted || key || asked.length === 0) {
      this.prepared = prepared;
      this.cacheKey = isWanted ? keyFor(prepared, options, request.headers, key) : UNKEPT;
      return;
    }
    const context: HeaderContext = { attempt: 1, method: request.method, url: fullUrl(request) };
    const first = asked.map((one) => new AskedOnce(one, context));
    this.prepared = withAsked(prepared, first);
    this.cacheKey = this.keyOnceAsked(first);
  }

  get maxBytes(): number {
    return this.options.maxBytes;
  }

  /** Notes an answer that came for the call. */
  note(result: HttpResult, { status, headers, body }: TransportResponse): void {
    const isWhole = status !== 206 && this.keptStatus(status) && headers['set-cookie'] === undefined;
    if (isWhole && body.length <= this.options.maxEntryBytes) this.sizes.set(result, body.length);
  }

  readonly weigh = (result: unknown): number | undefined => this.sizes.get(result as object);

  readonly told = (result: unknown, cache: CacheAnswer, attempts: number): HttpResult => {
    const { status, headers, data, url } = result as HttpResult;
    return HttpResponse.of({
      status,
      headers,
      data,
      url,
      attempts,
      cache: cache === 'miss' ? undefined : cache,
    });
  };

  /** JSON keeps no bytes: they are written as text. */
  readonly stored = (result: unknown): unknown => {
    const { status, headers, data, url } = result as HttpResult;
    return data instanceof Uint8Array
      ? { status, headers, url, base64: Buffer.from(data).toString('base64') }
      : { status, headers, url, data };
  };

  readonly restored = (stored: unknown): unknown => {
    if (!isOptionsObject(stored)) return undefined;
    const { status, headers, url, data, base64 } = stored;
    if (typeof status !== 'number' || typeof url !== 'string' || !isOptionsObject(headers)) return undefined;
    const read = typeof base64 === 'string' ? Buffer.from(base64, 'base64') : data;
    return HttpResponse.of({
      status,
      headers: headers as HttpResult['headers'],
      data: read,
      url,
      attempts: 0,
    });
  };

  /** Asks the functions of the headers that belong to the key; a call whose function fails is not kept, and fails as ever. */
  private async keyOnceAsked(asked: readonly AskedOnce[]): Promise<unknown> {
    try {
      const answers = await Promise.all(asked.map(({ answer }) => answer));
      const headers: SentHeaders = { ...this.prepared.request.headers };
      for (const [name, value] of answers)
        if (value !== undefined) headers[name] = checkedHeader(name, value);
      return keyFor(this.prepared, this.options, headers, undefined);
    } catch {
      return UNKEPT;
    }
  }
}

/** Lets the strategies around a call keep its answers. What is done for the key counts as time of the call. */
export function keepAnswers(
  call: Operation,
  kept: KeptAnswers,
  { now }: { readonly now: () => number },
): void {
  const { weigh, told, stored, restored, maxBytes } = kept;
  const startedAt = kept.cacheKey instanceof Promise ? { startedAt: now() } : {};
  Object.assign(call, { weigh, told, stored, restored, maxBytes, ...startedAt });
}

/** A header function that has been asked for the key: the first attempt sends what it has said. */
class AskedOnce implements AskedHeader {
  readonly name: string;
  readonly answer: Promise<HeaderAnswer>;
  private isUsed = false;

  constructor(
    private readonly header: AskedHeader,
    context: HeaderContext,
  ) {
    this.name = header.name;
    this.answer = this.first(context);
    // the attempt, if there is one, hears of its failure
    this.answer.catch(() => undefined);
  }

  isOf(header: AskedHeader): boolean {
    return this.header === header;
  }

  readonly ask = async (context: HeaderContext): Promise<HeaderAnswer[1]> => {
    if (this.isUsed) return this.header.ask(context);
    this.isUsed = true;
    const [, value] = await this.answer;
    return value;
  };

  private async first(context: HeaderContext): Promise<HeaderAnswer> {
    return [this.name, await this.header.ask(context)];
  }
}

function isKeepable({ request, options }: Prepared, { varyBy }: KeptOptions): boolean {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (!isRead || options.responseType === 'stream') return false;
  return Object.keys(request.headers).every((name) => !NOT_WHOLE.test(name) || varyBy.includes(name));
}

function withAsked(prepared: Prepared, first: readonly AskedOnce[]): Prepared {
  const { perAttempt } = prepared;
  if (!perAttempt) return prepared;
  const asked = perAttempt.asked.map((one) => first.find((known) => known.isOf(one)) ?? one);
  const { request, options, wantsKey } = prepared;
  return new Prepared(request, options, wantsKey, { ...perAttempt, asked });
}

/** The first part is what a user may write to delete the answer, the others tell its variants apart. */
function keyFor(
  { request, options, perAttempt }: Prepared,
  { varyBy }: KeptOptions,
  headers: SentHeaders,
  key: AnswerKey | undefined,
): unknown {
  const kind = [request.method, options.responseType];
  if (key) return [keyOfUser(key, request), ...kind];
  const varied = varyBy.map((name) => {
    // a token that is sent is the client's, unless the request brings its own
    if (name === 'authorization' && headers[name] === undefined && perAttempt?.auth) return CLIENT_IDENTITY;
    return headers[name];
  });
  return [fullUrl(request), ...kind, ...varied];
}

function keyOfUser(key: AnswerKey, { method, origin, path, headers }: PreparedRequest): unknown {
  let made: unknown;
  try {
    made = key({ method, url: new URL(origin + path), headers });
  } catch (cause) {
    throw new InvalidRequestException({ reason: 'cache.key has thrown', cause });
  }
  if (made !== undefined) return made;
  throw new InvalidRequestException({ reason: 'cache.key: expected a text, got undefined' });
}
