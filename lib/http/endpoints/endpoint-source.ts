import { AsyncResource } from 'node:async_hooks';
import type { Clock } from '../../clock/clock.js';
import { emitEvent } from '../../events/emit-event.js';
import type { ResilienceEvents } from '../../events/resilience-events.js';
import { InvalidRequestException } from '../../exceptions/upstream.exceptions.js';
import { reasonOf } from '../../failures/reason.js';
import { parseBase } from '../request/request-url.js';
import { checkEndpoints } from './endpoints.options.js';
import type { EndpointBalance, FindEndpoints } from './endpoints.options.js';
import { Endpoint } from './endpoint.js';
import { RoundRobin } from './round-robin.js';
import type { Turn } from './round-robin.js';

/** The endpoints of one client, as its options name them. */
export interface EndpointSourceOptions {
  /** Name of the client. */
  readonly client: string;
  readonly endpoints: readonly string[] | FindEndpoints;
  readonly balance: EndpointBalance;
  /** In milliseconds. */
  readonly refresh: number;
  /** True if calls go on at another endpoint where a connection never came about. */
  readonly failsOver: boolean;
}

/** The base of requests before they have an endpoint: it stands in keys of caches. */
export const BEFORE_CHOICE = parseBase('http://endpoints.invalid');

interface SourceDeps {
  readonly clock: Clock;
  readonly events: ResilienceEvents;
}

/** The endpoints in the order in which one call turns to them. */
export interface EndpointOrder {
  readonly endpoints: readonly Endpoint[];
  /** The place in the list at which the order begins; undefined where each call begins with the first. */
  readonly turn: Turn | undefined;
}

/** The function, while it is under way. */
interface Asking {
  readonly since: number;
  readonly answer: Promise<void>;
}

/** The list of a client's endpoints: of its options, or of a function that is asked again by the calls themselves. */
export class EndpointSource {
  /** Told of the origins that a new list no longer has. */
  onGone: (origins: readonly string[]) => void = () => undefined;
  private list: readonly Endpoint[] | undefined;
  private readonly find: FindEndpoints | undefined;
  private readonly roundRobin = new RoundRobin();
  private asking: Asking | undefined;
  private askedAt = -Infinity;
  /** All calls share the answer: the function runs in this context, and not in that of the call which has it asked. */
  private readonly root = new AsyncResource('BreakwaterEndpoints');

  constructor(
    private readonly options: EndpointSourceOptions,
    private readonly deps: SourceDeps,
  ) {
    const { endpoints } = options;
    if (typeof endpoints === 'function') this.find = endpoints;
    else this.list = endpoints.map((href) => new Endpoint(href));
  }

  /** True if calls go on at another endpoint where a connection never came about. */
  get failsOver(): boolean {
    return this.options.failsOver;
  }

  /** The endpoint of an origin. */
  endpointOf(origin: string): Endpoint | undefined {
    return this.list?.find((endpoint) => endpoint.origin === origin);
  }

  /** Asks the function when the application starts, which does not wait for it. */
  start(): void {
    if (!this.find || this.list || this.asking) return;
    this.ask(this.find).catch((error: unknown) => {
      const why = reasonOf(error) ?? 'no reason was given';
      const { client } = this.options;
      this.deps.events.warn(`The endpoints of '${client}' are not known, the next call asks again: ${why}`);
    });
  }

  /** Waits until there is a list, and rejects with the error of the function; undefined if there is one. */
  ready(): Promise<void> | undefined {
    if (this.list || !this.find) return undefined;
    return this.fresh?.answer ?? this.ask(this.find);
  }

  /** The endpoints for the next call; undefined while no list has come. Has the function asked again if it is time. */
  order(): EndpointOrder | undefined {
    this.renew();
    const { list, options } = this;
    if (!list) return undefined;
    if (options.balance === 'ordered') return { endpoints: list, turn: undefined };
    const turn = this.roundRobin.take(list.length);
    return { endpoints: [...list.slice(turn.start), ...list.slice(0, turn.start)], turn };
  }

  /** Notes that the first attempt of a call has passed endpoints over. */
  skip({ turn }: EndpointOrder, passedOver: number): void {
    if (turn) this.roundRobin.skip(turn, passedOver);
  }

  /** Asks again where the list is older than `refresh`; the calls go on with it meanwhile. */
  private renew(): void {
    const { find, list, options, deps } = this;
    if (!find || !list || this.fresh || deps.clock.now() - this.askedAt < options.refresh) return;
    this.ask(find).catch((error: unknown) => {
      emitEvent('endpoints.refresh-failed', { name: options.client }, deps, { error });
    });
  }

  /** The question under way, unless it has had no answer for so long that another one may be put beside it. */
  private get fresh(): Asking | undefined {
    const { asking, options, deps } = this;
    return asking && deps.clock.now() - asking.since < options.refresh ? asking : undefined;
  }

  private ask(find: FindEndpoints): Promise<void> {
    const since = (this.askedAt = this.deps.clock.now());
    const answer = this.root.runInAsyncScope(() => this.request(find, () => this.asking === asking));
    const asking: Asking = { since, answer };
    this.asking = asking;
    const end = () => {
      if (this.asking === asking) this.asking = undefined;
    };
    answer.then(end, end);
    return answer;
  }

  private async request(find: FindEndpoints, isLatest: () => boolean): Promise<void> {
    const hrefs = listOf(await find());
    // an answer that came too late does not replace a later one
    if (this.list && !isLatest()) return;
    const before = this.list ?? [];
    const now = hrefs.map((href) => before.find(({ base }) => base.href === href) ?? new Endpoint(href));
    this.list = now;
    const origins = new Set(now.map(({ origin }) => origin));
    const gone = before.map(({ origin }) => origin).filter((origin) => !origins.has(origin));
    if (gone.length > 0) this.onGone(gone);
  }
}

/** @throws InvalidRequestException for an answer that is no list of URLs */
function listOf(answer: unknown): readonly string[] {
  const problems: string[] = [];
  const add = (path: string, expected: string, got: unknown) =>
    void problems.push(`${path}: expected ${expected}, got ${asText(got)}`);
  const hrefs = checkEndpoints(answer, 'endpoints()', { add });
  if (!hrefs) throw new InvalidRequestException({ reason: problems.join('; ') });
  return hrefs;
}

function asText(value: unknown): string {
  if (Array.isArray(value)) return 'an empty list';
  return typeof value === 'string' ? `'${value}'` : value === null ? 'null' : typeof value;
}
