import type { Destinations } from '../../../pipeline/destinations.js';
import type { Outcome } from '../../../pipeline/outcome.js';
import { Candidate, EndpointChoice } from '../../endpoints/endpoint-choice.js';
import type { Endpoint } from '../../endpoints/endpoint.js';
import type { EndpointOrder, EndpointSource } from '../../endpoints/endpoint-source.js';
import { resolveTarget, withQuery } from '../../request/request-url.js';
import type { PreparedRequest } from '../../transport.js';
import type { CallDeps } from './call-deps.js';
import type { Prepared } from '../prepare/prepare-request.js';
import { withAuthorization } from '../answer/redirect.js';
import type { SendState } from './send-state.js';
import type { ServerRateLimit } from '../pipelines/server-rate-limit.js';
import { wasUnreached } from './was-unreached.js';

/** The endpoints of a call, and the request that is joined with each. */
export interface CallEndpoints {
  readonly source: EndpointSource;
  /** A relative URL. */
  readonly url: string;
  /** The parameters behind its query. */
  readonly query: string;
}

/** The way of one call among the endpoints of its client: each of its attempts goes to one of them. */
export class EndpointRoute implements Destinations {
  /** The key of the endpoint to which the last attempt went, or the first one will go; undefined before the call runs. */
  key: string | undefined = undefined;
  private order: EndpointOrder | undefined = undefined;
  private choice = new EndpointChoice([]);
  private readonly requests = new Map<Endpoint, PreparedRequest>();
  /** The attempts that are under way. */
  private readonly attempts = new Map<number, SendState>();
  /** The errors of connections that never came about. */
  private readonly unreached = new WeakSet<object>();

  constructor(
    private readonly prepared: Prepared,
    private readonly deps: CallDeps,
    private readonly endpoints: CallEndpoints,
  ) {}

  /** Takes the turn of the call: one that is answered without a run takes none. */
  ready(): Promise<unknown> | undefined {
    if (this.order) return undefined;
    const { source } = this.endpoints;
    const order = source.order();
    if (order) this.begin(order);
    else return source.ready()?.then(() => this.begin(source.order() as EndpointOrder));
    return undefined;
  }

  ranked(isFailover: boolean): readonly Candidate[] {
    return this.choice.ranked(isFailover);
  }

  passOver(candidate: Candidate): void {
    this.choice.passOver(candidate);
  }

  choose(candidate: Candidate, attempt: number, isFailover: boolean): void {
    const { choice, order, endpoints } = this;
    if (attempt === 1 && order) endpoints.source.skip(order, order.endpoints.indexOf(candidate.endpoint));
    choice.choose(candidate, attempt, isFailover);
    this.key = candidate.key;
  }

  keyOf(attempt: number): string | undefined {
    return this.choice.of(attempt)?.key;
  }

  conclude(attempt: number, outcome: Outcome): boolean {
    const candidate = this.choice.of(attempt);
    const sent = this.attempts.get(attempt);
    this.attempts.delete(attempt);
    if (!candidate || !sent || outcome.kind === 'interrupted') return false;
    if (outcome.kind === 'value') return this.heed(candidate, outcome.value);
    const { error } = outcome;
    if (!wasUnreached(error, sent)) return this.heed(candidate, error);
    this.unreached.add(error);
    const isAnotherLeft = this.choice.failToConnect(candidate);
    return isAnotherLeft && this.endpoints.source.failsOver && !this.prepared.request.isOnce;
  }

  isUnreached(error: unknown): boolean {
    return this.unreached.has(error as object);
  }

  /** The request of an attempt, before anything is made for that attempt alone. */
  requestOf(attempt: number): PreparedRequest | undefined {
    const candidate = this.choice.of(attempt);
    return candidate && this.requestAt(candidate.endpoint);
  }

  /** Told of each attempt that begins. */
  watch(sendState: SendState): void {
    this.attempts.set(sendState.attempt.attempt, sendState);
  }

  /**
   * Milliseconds for which stated quotas hold the next attempt back: an endpoint without a quota is left alone, and only if all
   * are, the attempt waits.
   */
  paceOf(pace: ServerRateLimit, timeLeft: number): number {
    let least = Infinity;
    let refusal: { readonly error: unknown } | undefined;
    for (const candidate of this.ranked(false)) {
      try {
        const wait = pace.waitFor(candidate.endpoint.origin, timeLeft);
        if (wait > 0) candidate.notBefore = Math.max(candidate.notBefore, this.deps.now() + wait);
        least = Math.min(least, wait);
      } catch (error) {
        candidate.notBefore = Infinity;
        refusal = { error };
      }
    }
    if (least === Infinity && refusal) throw refusal.error;
    return least;
  }

  private begin(order: EndpointOrder): void {
    this.order = order;
    const candidates = order.endpoints.map((endpoint) => new Candidate(endpoint, this.keyAt(endpoint)));
    this.choice = new EndpointChoice(candidates);
    this.key = candidates[0]?.key;
  }

  /** Notes for how long an answer asks this call to leave its endpoint alone. */
  private heed(candidate: Candidate, answer: unknown): false {
    const asked = this.deps.askedDelayOf(answer);
    candidate.notBefore = asked === undefined ? -Infinity : this.deps.now() + asked;
    return false;
  }

  private keyAt(endpoint: Endpoint): string {
    return this.deps.isKeyedByOrigin() ? endpoint.origin : this.deps.keyOf(this.requestAt(endpoint));
  }

  /** The same request below an endpoint, with the credentials of its URL. */
  private requestAt(endpoint: Endpoint): PreparedRequest {
    const { request } = this.prepared;
    const { url: relative, query } = this.endpoints;
    const known = this.requests.get(endpoint);
    if (known) return known;
    const { origin, path, shown: url } = withQuery(resolveTarget(endpoint.base, relative), query);
    const headers = withAuthorization(
      request.headers,
      [request.headers.authorization ?? endpoint.authorization].flat()[0],
    );
    const made = { ...request, origin, path, url, headers };
    this.requests.set(endpoint, made);
    return made;
  }
}
