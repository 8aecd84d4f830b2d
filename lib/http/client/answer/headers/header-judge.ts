import { isDeepStrictEqual } from 'node:util';
import type { AnswerJudge, AnswerLifetime } from '../../../../strategies/call-wrapper.js';
import type { SentHeaders } from '../../../request-headers.js';
import type { PreparedRequest, ResponseHeaders, TransportResponse } from '../../../transport.js';
import { refusal } from '../response.js';
import type { HttpResult } from '../response.js';
import type { AnswerBook, AnswerFacts } from './answer-book.js';
import type { OwnTimes } from './answer-policy.js';
import { asksFor, renewedHeaders } from './conditions.js';
import { directivesOf, wantsNothingKept } from './directives.js';
import { judgedHeaders } from './judged-headers.js';

/** The keys of a call, as its judge asks for them. */
export interface KeysOfCall {
  /**
   * The key of an answer that varies by these headers, beside those of every key; undefined where one of them is made for each
   * attempt, and was not asked for yet.
   *
   * @param sent - the headers of the attempt that was answered
   */
  keyWith(names: readonly string[], sent?: SentHeaders): unknown;
  /** True if a key with these headers, beside those of every key, tells one user from another. */
  tellsUsersApart(names: readonly string[]): boolean;
  /** True for a status that the request accepts. */
  accepts(status: number): boolean;
  /** The headers that are part of every key. */
  readonly varyBy: readonly string[];
  /** The headers of the request, with those that functions have said. */
  readonly headers: SentHeaders;
}

/** An answer that vaguely varies is of no use to anybody else (RFC 9111 §4.1). */
const MOST_VARYING = 16;

/** Judges the answers of one call by their headers. */
export class HeaderJudge implements AnswerJudge {
  /** Those by which answers of the place vary, beside {@link KeysOfCall.varyBy}. */
  readonly names: readonly string[];
  private readonly place: string;
  private asked: { readonly answer: HttpResult; readonly facts: AnswerFacts } | undefined = undefined;

  constructor(
    private readonly request: PreparedRequest,
    private readonly book: AnswerBook,
    private readonly own: OwnTimes,
    private readonly keys: KeysOfCall,
  ) {
    this.place = `${request.method} ${request.origin}${request.path}`;
    this.names = book.varyingOf(this.place);
  }

  /** Notes an answer that has come, and what it says of its keeping. */
  note(answer: HttpResult, { status, headers }: TransportResponse, of: AnswerOrigin): void {
    const names = this.namesIn(headers);
    if (!names || headers['set-cookie'] !== undefined || (of.isRedirected && names.length > 0)) return;
    const { book } = this;
    book.learn(this.place, names);
    const key = this.keys.keyWith(names, of.sent.headers);
    const expected = this.keys.keyWith(names);
    // what a hook has made of a request is known of no other one
    const isOfHook = expected !== undefined && !isDeepStrictEqual(key, expected);
    if (isOfHook || wantsNothingKept(of.sent.headers)) return;
    const record = {
      method: this.request.method,
      status,
      headers: judgedHeaders(headers, book.wallNow),
      askedAt: of.sentAt,
      isShared: !this.keys.tellsUsersApart(names),
      isAuthorized: of.sent.headers.authorization !== undefined,
      isRedirected: of.isRedirected,
    };
    book.note(answer, { policy: book.policyOf(record, this.own), key, size: of.size });
  }

  lifetimeOf(answer: unknown): AnswerLifetime | undefined {
    return this.book.factsOf(answer)?.policy.lifetime;
  }

  keyOf(answer: unknown): unknown {
    return this.book.factsOf(answer)?.key;
  }

  keyNow(): unknown {
    return this.keys.keyWith(this.book.varyingOf(this.place));
  }

  useOf(answer: unknown): 'hit' | 'stale' | 'miss' {
    return this.usable(answer)?.policy.useFor(this.keys.headers) ?? 'miss';
  }

  mayStandIn(answer: unknown): boolean {
    return this.usable(answer)?.policy.mayStandIn(this.keys.headers) ?? false;
  }

  isFor(answer: unknown): boolean {
    const facts = this.usable(answer);
    return facts?.policy.isShareable === true && isDeepStrictEqual(facts.key, this.keyNow());
  }

  askAbout(answer: unknown): void {
    const facts = this.usable(answer);
    this.asked = facts && { answer: answer as HttpResult, facts };
  }

  /** The facts of an answer, if the request accepts its status. */
  private usable(answer: unknown): AnswerFacts | undefined {
    const facts = this.book.factsOf(answer);
    try {
      return facts && this.keys.accepts(facts.policy.record.status) ? facts : undefined;
    } catch {
      // what the user's function throws is the error of the run
      return undefined;
    }
  }

  /** RFC 9111 §5.2.1.7. */
  refusal(): Error | undefined {
    if (!directivesOf(this.keys.headers).has('only-if-cached')) return undefined;
    return refusal(this.request, { status: 504, headers: {}, body: Buffer.alloc(0) }, () => undefined);
  }

  /** The part of the judgement of an answer that is kept outside of the process. */
  written(answer: unknown): { readonly record: object } | undefined {
    const facts = this.book.factsOf(answer);
    return facts && { record: this.book.written(facts) };
  }

  /** Notes what was kept of the judgement of an answer outside of the process. */
  read(answer: HttpResult, written: unknown): void {
    const record = this.book.read(written);
    if (record)
      this.book.note(answer, { policy: this.book.policyOf(record, this.own), key: undefined, size: 0 });
  }

  /** The request of an attempt, which asks whether the kept answer still holds. */
  asking(request: PreparedRequest): PreparedRequest {
    if (!this.asked) return request;
    return { ...request, headers: { ...request.headers, ...this.asked.facts.policy.conditions } };
  }

  /** True for an answer 304 that speaks of another answer than the kept one. */
  isOfOther(request: PreparedRequest, response: TransportResponse): boolean {
    return this.confirming(request, response)?.facts.policy.isMeant(response.headers) === false;
  }

  /** The kept answer, if that is the one whose headers an answer 304 renews. */
  confirmed(request: PreparedRequest, response: TransportResponse): RenewedAnswer | undefined {
    const asked = this.confirming(request, response);
    if (!asked) return undefined;
    const { answer, facts } = asked;
    return { answer, headers: renewedHeaders(answer.headers, response.headers), size: facts.size };
  }

  /** The answer that was asked about, if this is the reply to that: a hook may have asked something else. */
  private confirming(request: PreparedRequest, { status }: TransportResponse) {
    const { asked } = this;
    return status === 304 && asked && asksFor(request, asked.facts.policy.conditions) ? asked : undefined;
  }

  /** The bytes of an answer. */
  sizeOf(answer: unknown): number | undefined {
    return this.book.factsOf(answer)?.size;
  }

  /** The headers of a kept answer, with the age that it has by now (RFC 9111 §5.1). */
  agedHeaders(answer: HttpResult): HttpResult['headers'] {
    const policy = this.book.factsOf(answer)?.policy;
    return policy ? { ...answer.headers, age: String(Math.floor(policy.age)) } : answer.headers;
  }

  /** The names in `Vary` that are no part of every key; undefined where an answer varies by what no request says. */
  private namesIn({ vary }: Readonly<ResponseHeaders>): readonly string[] | undefined {
    const { varyBy } = this.keys;
    const all = [vary ?? []].flat().join(',').toLowerCase().split(',');
    const names = new Set(all.map((name) => name.trim()).filter((name) => name !== ''));
    if (names.has('*')) return undefined;
    const own = [...names].filter((name) => !varyBy.includes(name)).sort();
    return own.length > MOST_VARYING ? undefined : own;
  }
}

/** The request to which an answer belongs, and its body. */
export interface AnswerOrigin {
  readonly sent: PreparedRequest;
  /** In monotonic milliseconds. */
  readonly sentAt: number;
  readonly size: number;
  readonly isRedirected: boolean;
}

/** A kept answer that still holds, with its new headers. */
export interface RenewedAnswer {
  readonly answer: HttpResult;
  readonly headers: ResponseHeaders;
  readonly size: number;
}
