import { AsyncResource } from 'node:async_hooks';
import type { Dispatcher } from 'undici';
import { ShutdownException } from '../../../exceptions/rejection.exceptions.js';
import type { AttemptSlot } from '../../../pipeline/guards/permit.js';
import type { DeadlineQueues } from '../../../pipeline/deadlines/deadline-queues.js';
import type { BulkheadConfig } from '../../../strategies/bulkhead/bulkhead-config.js';
import type { StateDeps } from '../../../strategies/keyed-state.js';
import { LruMap } from '../../../strategies/lru-map.js';
import { Connecting } from './connecting.js';
import type { Connected } from './connecting.js';
import { Connection } from './connection.js';
import { Connections } from './connections.js';
import { MOST_STREAMS } from './shared-connections.js';
import type { PooledExchange } from './lease.js';
import { undiciPackage } from './load-undici.js';
import { OriginSlots, slotConfig } from './origin-slots.js';
import { Routes } from './routes.js';
import type { RouteDeps } from './routes.js';
import type { Route } from './route.js';
import { tracedClientOf } from './traced-client.js';

/** Limits of the pools: those of the circuits. */
export interface PoolLimits {
  readonly maxKeys: number;
  readonly idleTtl: number;
}

/** Until the client knows its circuits. */
const DEFAULT_LIMITS: PoolLimits = { maxKeys: 1000, idleTtl: Infinity };

/** The parts of an application that the pools of a client use. */
export interface PoolDeps extends RouteDeps {
  /** The client's name. */
  readonly name: string;
  readonly state: StateDeps;
  readonly deadlines: DeadlineQueues;
}

/** The manner in which a request is sent. */
export interface SendOptions {
  /** The slot of the attempt, which the exchange keeps until it has ended. */
  readonly slot: AttemptSlot | undefined;
  /** True for a connection of its own, which ends with the answer. */
  readonly isSingle: boolean;
  /** True if a redirect or an absolute URL has led to an origin that is not the client's. */
  readonly isForeign: boolean;
}

/** The way to an origin, and the connections on it. */
interface OpenedRoute {
  readonly route: Route;
  readonly connections: Connections;
}

/** One origin: who may use a connection to it, and the connections. */
class OriginPool {
  /** There from the first request on. */
  own: OpenedRoute | undefined;
  /** Connections that do not show who the client is. */
  foreign: OpenedRoute | undefined;

  constructor(readonly slots: OriginSlots) {}

  /** All connections to the origin. */
  get opened(): Connections[] {
    return [this.own, this.foreign].flatMap((one) => (one ? [one.connections] : []));
  }

  get isIdle(): boolean {
    return this.slots.isIdle && this.opened.every(({ isIdle }) => isIdle);
  }
}

/** The connection pools of one client: one per origin, bounded, idle ones closed. */
export class UndiciPools {
  private readonly pools: LruMap<OriginPool>;
  private readonly retired = new Set<Connections>();
  private readonly slots: BulkheadConfig;
  private readonly routes: Routes;
  private isClosed = false;
  /** Pools and sockets outlive the request that opens them: they begin in this context, and not in that of the request. */
  private readonly root = new AsyncResource('BreakwaterPools');

  constructor(private readonly deps: PoolDeps) {
    const { name, options, state } = deps;
    this.slots = slotConfig({ name, ...options }, state);
    this.routes = new Routes(deps);
    this.pools = new LruMap<OriginPool>(this.lru(DEFAULT_LIMITS));
  }

  /** Other limits from now on. */
  limit(limits: PoolLimits): void {
    this.pools.limit(this.lru(limits));
  }

  /** The slots of an origin, which a call asks for before it is sent. */
  slotsOf(origin: string): OriginSlots {
    return this.of(origin).slots;
  }

  /** Sends a request. Sockets and their timers begin in the root context, and keep that of no request. */
  dispatch(options: Dispatcher.DispatchOptions, exchange: PooledExchange, how: SendOptions): void {
    if (this.isClosed) throw new ShutdownException();
    const origin = String(options.origin);
    const pool = this.of(origin);
    this.root.runInAsyncScope(() => {
      const isStranger = how.isForeign && this.routes.hasIdentity;
      const { route, connections } = isStranger
        ? (pool.foreign ??= this.open(origin, true))
        : (pool.own ??= this.open(origin, false));
      connections.send(route.addressed(options), exchange, how);
    });
  }

  private of(origin: string): OriginPool {
    return this.pools.obtain(origin, this.deps.state.coarse.now(), this.make);
  }

  /** Origins that have a pool now. */
  get size(): number {
    return this.pools.values(this.deps.state.coarse.now()).length;
  }

  /** Ends all connections at once. */
  async close(): Promise<void> {
    this.isClosed = true;
    const open = this.pools.values(-Infinity).flatMap(({ opened }) => opened);
    const reason = new ShutdownException();
    await Promise.all([...open, ...this.retired].map((connections) => connections.destroy(reason)));
  }

  private readonly make = (origin: string): OriginPool => new OriginPool(new OriginSlots(this.slots, origin));

  private open(origin: string, isForeign: boolean): OpenedRoute {
    const { connectTimeout, http2, maxHeaderSize, keepAlive } = this.deps.options;
    const { root, deps } = this;
    const route = this.routes.to(origin, isForeign);
    const TracedClient = tracedClientOf(undiciPackage.get());
    const idle =
      keepAlive === 0
        ? { pipelining: 0 }
        : {
            keepAliveTimeout: keepAlive,
            keepAliveMaxTimeout: keepAlive,
            pipelining: http2 ? MOST_STREAMS : 1,
          };
    const header = maxHeaderSize === undefined ? {} : { maxHeaderSize };
    // the attempt timeout covers headers and body; undici's own would only fire earlier
    const common = { ...idle, headersTimeout: 0, bodyTimeout: 0, allowH2: http2, ...header };
    const connectingDeps = { root, deadlines: deps.deadlines, connectTimeout };
    const newConnection = (onConnected?: Connected) => {
      const connecting = new Connecting(route, connectingDeps, onConnected);
      const { connect } = connecting;
      const client = new TracedClient(origin, { ...common, connect });
      return new Connection(client, connecting);
    };
    return { route, connections: new Connections(newConnection, http2) };
  }

  private lru(limits: PoolLimits) {
    return {
      ...limits,
      mayExpire: ({ isIdle }: OriginPool) => isIdle,
      onRemove: ({ opened }: OriginPool) => {
        for (const connections of opened) this.retire(connections);
      },
    };
  }

  /** Requests under way end in peace. */
  private retire(connections: Connections): void {
    connections.retire();
    if (connections.isIdle) return;
    this.retired.add(connections);
    connections.onIdle = () => this.retired.delete(connections);
  }
}
