import type CachePolicy from 'http-cache-semantics';
import type { AnswerLifetime } from '../../../../strategies/call-wrapper.js';
import type { SentHeaders } from '../../../request-headers.js';
import type { ResponseHeaders } from '../../../transport.js';
import { directivesOf, LONGEST_TIME, timeOf, writeDirectives } from './directives.js';
import type { Directives } from './directives.js';
import { ageOf } from './judged-headers.js';
import { cacheSemantics } from './load-cache-semantics.js';
import type { CachePolicyClass } from './load-cache-semantics.js';

/** The facts of an answer that are kept for its judgement, beside it; plain JSON, without credentials. */
export interface AnswerRecord {
  readonly method: string;
  readonly status: number;
  /** The headers on which the judgement depends. */
  readonly headers: Readonly<ResponseHeaders>;
  /** The monotonic milliseconds at which it was asked for (RFC 9111 §4.2.3); where it leaves the process, those of the epoch. */
  readonly askedAt: number;
  /** True if its key tells no user from another. */
  readonly isShared: boolean;
  /** True if the request had an `authorization`. */
  readonly isAuthorized: boolean;
  /** True if it is the answer of another place: its times and validators are not those of the URL. */
  readonly isRedirected: boolean;
}

/** The options of a cache that hold where headers say nothing, in milliseconds. */
export interface OwnTimes {
  readonly ttl?: number | undefined;
  readonly staleIfError?: number | undefined;
  readonly staleWhileRevalidate?: number | undefined;
}

/** Directives of this library's side: the judge would make more of them than they say, or knows nothing of the client's options. */
const OWN_DIRECTIVES = ['must-revalidate', 'proxy-revalidate', 'stale-if-error', 'stale-while-revalidate'];

/** Answers with a validator stay for a day after their time: asking whether they still hold is cheaper than asking for them. */
const VALIDATED_FOR = 24 * 60 * 60 * 1000;

/** The judgement of one answer, by RFC 9111 and RFC 5861. */
export class AnswerPolicy {
  private readonly said: Directives;
  private readonly policy: InstanceType<CachePolicyClass>;
  /** True if it must not be used once it is stale. */
  private readonly isStrict: boolean;
  /** True if only its own words allow its use once it is stale. */
  private readonly isReserved: boolean;

  constructor(
    readonly record: AnswerRecord,
    private readonly own: OwnTimes,
    private readonly now: () => number,
  ) {
    const { headers, isShared, isRedirected } = record;
    this.said = directivesOf(headers);
    const has = (name: string) => this.said.has(name);
    // RFC 9111 §5.2.2.8, §5.2.2.4 and §5.2.2.10
    this.isStrict = has('must-revalidate') || has('no-cache') || (isShared && has('proxy-revalidate'));
    this.isReserved = this.isStrict || (isShared && has('s-maxage'));
    this.policy = this.judge();
    this.isStorable = this.policy.storable() && !(isRedirected && (own.ttl === undefined || has('no-cache')));
  }

  /** False for an answer that must not be kept. */
  readonly isStorable: boolean;

  /** True if it may answer a call that waited for it beside the one that had asked. */
  get isShareable(): boolean {
    return this.isStorable && !this.said.has('no-cache');
  }

  /** Seconds since the origin has made or confirmed it. */
  get age(): number {
    return this.policy.age();
  }

  /** The time for which it may be of use; undefined if it is of none. */
  get lifetime(): AnswerLifetime | undefined {
    if (!this.isStorable) return undefined;
    const left = -this.lateness;
    const stale = Math.max(
      this.staleTime('stale-if-error', this.own.staleIfError),
      this.staleTime('stale-while-revalidate', this.own.staleWhileRevalidate),
    );
    const fresh = Math.min(Math.max(0, left), LONGEST_TIME);
    const useful = Math.max(fresh, left + stale, this.hasValidator ? fresh + VALIDATED_FOR : 0);
    return useful > 0 ? { fresh, useful: Math.min(useful, LONGEST_TIME) } : undefined;
  }

  /** The use of it for a request: an answer at once, one at once that is renewed behind, or none without a question. */
  useFor(request: Readonly<SentHeaders>): 'hit' | 'stale' | 'miss' {
    const asked = directivesOf(request);
    if (wantsValidation(request, asked)) return 'miss';
    const without = this.isReserved || !saysMaxStale(asked) ? ['max-stale'] : [];
    if (this.satisfies(request, writeDirectives(asked, without))) return 'hit';
    const stale = this.staleTime('stale-while-revalidate', this.own.staleWhileRevalidate);
    if (stale <= 0) return 'miss';
    const willing = [writeDirectives(asked, ['max-stale']) ?? [], `max-stale=${stale / 1000}`]
      .flat()
      .join(', ');
    return this.satisfies(request, willing) ? 'stale' : 'miss';
  }

  /** True if it may stand in for the failure of a request (RFC 5861 §4). */
  mayStandIn(request: Readonly<SentHeaders>): boolean {
    const asked = directivesOf(request);
    const wished = timeOf(asked, 'stale-if-error');
    if (wished === undefined && wantsValidation(request, asked)) return false;
    return this.lateness < this.staleTime('stale-if-error', wished ?? this.own.staleIfError);
  }

  /** The headers of a request that ask whether it still holds; empty if there is no way to ask. */
  get conditions(): SentHeaders {
    if (this.record.isRedirected || !this.isStorable) return {};
    const { 'if-none-match': tag, 'if-modified-since': since } = this.policy.revalidationHeaders(
      this.asked(),
    );
    return {
      ...(typeof tag === 'string' && { 'if-none-match': tag }),
      ...(typeof since === 'string' && { 'if-modified-since': since }),
    };
  }

  /** True if an answer 304 speaks of this very answer (RFC 9111 §4.3.4); one that names none speaks of what was asked about. */
  isMeant(headers: Readonly<ResponseHeaders>): boolean {
    if (headers.etag === undefined && headers['last-modified'] === undefined) return true;
    return this.policy.revalidatedPolicy(this.asked(), { status: 304, headers: { ...headers } }).matches;
  }

  private get hasValidator(): boolean {
    const { etag, 'last-modified': modified } = this.record.headers;
    return !this.record.isRedirected && (etag ?? modified) !== undefined;
  }

  /** Milliseconds since it has become stale; below 0 while it is fresh. */
  private get lateness(): number {
    return (this.policy.age() - this.policy.maxAge()) * 1000;
  }

  /** The time after its end in which it may be used, in milliseconds. */
  private staleTime(directive: string, own = 0): number {
    if (this.isStrict) return 0;
    const said = this.record.isRedirected ? undefined : timeOf(this.said, directive);
    return said ?? (this.isReserved ? 0 : own);
  }

  private satisfies({ pragma }: Readonly<SentHeaders>, control: string | undefined): boolean {
    const headers = { ...(control !== undefined && { 'cache-control': control }), ...(pragma && { pragma }) };
    return this.policy.satisfiesWithoutRevalidation({ ...this.asked(), headers });
  }

  /** A request, as the judge compares it with that of the answer: its key has told it from others before. */
  private asked() {
    return { method: this.record.method, headers: {} };
  }

  private judge(): InstanceType<CachePolicyClass> {
    const { record, own, said, now } = this;
    const { method, status, isShared, isRedirected, askedAt } = record;
    // RFC 9111 §3.5: with must-revalidate also a shared cache may keep it
    const isOpen = said.has('must-revalidate');
    const request = { method, headers: record.isAuthorized && !isOpen ? { authorization: 'yes' } : {} };
    const control = writeDirectives(said, isRedirected ? [...OWN_DIRECTIVES, ...TIMES] : OWN_DIRECTIVES);
    const judged = isRedirected ? { date: record.headers.date } : record.headers;
    const response = { status, headers: { ...judged, 'cache-control': control } };
    const saysTime = !isRedirected && saysItsTime(record, said);
    const age = isRedirected ? 0 : ageOf(record.headers);
    const TimedPolicy = (made ??= timedPolicy(cacheSemantics.get()));
    return new TimedPolicy(request, response, {
      isShared,
      askedAt,
      age,
      ttl: saysTime ? undefined : own.ttl,
      now,
    });
  }
}

/** Directives that say how long an answer is fresh. */
const TIMES = ['max-age', 's-maxage', 'immutable'];

/** True for an answer that says how long it is fresh, or that it never is. */
function saysItsTime({ headers, isShared }: AnswerRecord, said: Directives): boolean {
  if (said.has('max-age') || said.has('no-cache') || (isShared && said.has('s-maxage'))) return true;
  return headers.expires !== undefined || (said.size === 0 && /no-cache/i.test(String(headers.pragma)));
}

/** True for a request that wants no answer without a question (RFC 9111 §5.2.1, §5.4). */
function wantsValidation({ pragma }: Readonly<SentHeaders>, asked: Directives): boolean {
  if (asked.has('no-cache') || timeOf(asked, 'max-age') === 0) return true;
  return asked.size === 0 && /no-cache/i.test(String(pragma));
}

/** False where the time that a request names for `max-stale` is none: without one it would mean any time. */
function saysMaxStale(asked: Directives): boolean {
  return asked.get('max-stale') === '' || timeOf(asked, 'max-stale') !== undefined;
}

/** The times of an answer, for its judge. */
interface PolicyTimes {
  readonly isShared: boolean;
  /** In monotonic milliseconds. */
  readonly askedAt: number;
  /** Seconds since the origin had made it by then. */
  readonly age: number;
  /** In place of what the headers say, in milliseconds. */
  readonly ttl: number | undefined;
  readonly now: () => number;
}

let made: ReturnType<typeof timedPolicy> | undefined;

/** The judge with this library's clock, and with a time to live where the headers say none. */
function timedPolicy(Policy: CachePolicyClass) {
  return class extends Policy {
    constructor(
      request: CachePolicy.HttpRequest,
      response: CachePolicy.HttpResponse,
      private readonly times: PolicyTimes,
    ) {
      // RFC 8246: an immutable answer needs a time, too
      super(request, response, { shared: times.isShared, cacheHeuristic: 0, immutableMinTimeToLive: 0 });
    }

    override age(): number {
      const { age, now, askedAt } = this.times;
      return age + (now() - askedAt) / 1000;
    }

    override maxAge(): number {
      const { ttl } = this.times;
      return ttl === undefined || !this.storable() ? super.maxAge() : ttl / 1000;
    }
  };
}
