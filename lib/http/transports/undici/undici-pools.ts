import { AsyncResource } from 'node:async_hooks';
import type { Socket } from 'node:net';
import type { buildConnector, Dispatcher, Pool } from 'undici';
import type { Clock } from '../../../clock/clock.js';
import { ShutdownException } from '../../../exceptions/rejection.exceptions.js';
import { loadedUndici } from './load-undici.js';
import { tracedClientOf } from './traced-client.js';
import { LruMap } from '../../../strategies/lru-map.js';

/** Connections to one origin; more would only queue at the upstream. */
const CONNECTIONS = 50;
const POOL_OPTIONS: Pool.Options = {
  connections: CONNECTIONS,
  pipelining: 1,
  headersTimeout: 0,
  bodyTimeout: 0,
  factory: (origin, options) => {
    const TracedClient = tracedClientOf(loadedUndici());
    return new TracedClient(origin, options as ConstructorParameters<typeof TracedClient>[1]);
  },
};

/** Limits of the pools: those of the circuits. */
export interface PoolLimits {
  readonly maxKeys: number;
  readonly idleTtl: number;
}

/** The connection pools of one client: one per origin, bounded, idle ones closed. */
export class UndiciPools {
  private readonly pools: LruMap<Pool>;
  private readonly closing = new Set<Pool>();
  private readonly connecting = new Set<Socket>();
  private isClosed = false;
  /** Pools and sockets outlive the request that opens them: they begin in this context, and not in that of the request. */
  private readonly root = new AsyncResource('BreakwaterPools');

  constructor(
    limits: PoolLimits,
    private readonly clock: Pick<Clock, 'now'>,
  ) {
    this.pools = new LruMap<Pool>({
      ...limits,
      mayExpire: ({ stats }) => stats.running + stats.pending + stats.queued === 0,
      onRemove: (pool) => this.retire(pool),
    });
  }

  /**
   * Sends a request over the pool of its origin, or on a connection of its own, which ends with the answer. Sockets and their
   * timers begin in the root context, and keep that of no request.
   */
  dispatch(
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
    onNewConnection: boolean,
  ): void {
    if (this.isClosed) throw new ShutdownException();
    const origin = String(options.origin);
    const pool = onNewConnection ? this.open(origin) : this.of(origin);
    this.root.runInAsyncScope(() => pool.dispatch(options, handler));
    if (onNewConnection) this.retire(pool);
  }

  private of(origin: string): Pool {
    return this.pools.obtain(origin, this.clock.now(), this.open);
  }

  /** Origins that have a pool now. */
  get size(): number {
    return this.pools.values(this.clock.now()).length;
  }

  /** Ends all connections at once. */
  async close(): Promise<void> {
    this.isClosed = true;
    const open = [...this.pools.values(-Infinity), ...this.closing];
    await Promise.all(open.map((pool) => pool.destroy()));
    // undici leaves those alone that are not open yet
    for (const socket of this.connecting) socket.destroy(new ShutdownException());
  }

  /** Requests under way end in peace. */
  private retire(pool: Pool): void {
    this.closing.add(pool);
    void pool.close().finally(() => this.closing.delete(pool));
  }

  private readonly open = (origin: string): Pool =>
    // the attempt timeout covers headers and body; undici's own would only fire earlier
    this.root.runInAsyncScope(() => {
      const { buildConnector, Pool } = loadedUndici();
      return new Pool(origin, { ...POOL_OPTIONS, connect: this.known(buildConnector({})) });
    });

  /** Connects as `connect` does, and knows what is not open yet. */
  private known(connect: buildConnector.connector): buildConnector.connector {
    return (options, done) => {
      const over: buildConnector.Callback = (...result) => {
        this.connecting.delete(socket);
        done(...result);
      };
      // its type does not tell that it returns the socket
      const socket = this.root.runInAsyncScope(() => connect(options, over) as unknown as Socket);
      this.connecting.add(socket);
    };
  }
}
