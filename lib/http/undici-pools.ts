import { Pool } from 'undici';
import type { Clock } from '../clock/clock.js';
import { LruMap } from '../strategies/lru-map.js';

/** Connections to one origin; more would only queue at the upstream. */
const CONNECTIONS = 50;

/** Limits of the pools: those of the circuits. */
export interface PoolLimits {
  readonly maxKeys: number;
  readonly idleTtl: number;
}

/** The connection pools of one client: one per origin, bounded, idle ones closed. */
export class UndiciPools {
  private readonly pools: LruMap<Pool>;
  private readonly closing = new Set<Pool>();

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

  of(origin: string): Pool {
    return this.pools.obtain(origin, this.clock.now(), open);
  }

  /** Sends on a connection of its own, which ends with the answer. */
  sendOnce(origin: string, send: (pool: Pool) => void): void {
    const pool = open(origin);
    send(pool);
    this.retire(pool);
  }

  /** How many origins have a pool now. */
  get size(): number {
    return this.pools.values(this.clock.now()).length;
  }

  /** Ends all connections at once. */
  async close(): Promise<void> {
    const open = [...this.pools.values(-Infinity), ...this.closing];
    await Promise.all(open.map((pool) => pool.destroy()));
  }

  /** Requests under way end in peace. */
  private retire(pool: Pool): void {
    this.closing.add(pool);
    void pool.close().finally(() => this.closing.delete(pool));
  }
}

function open(origin: string): Pool {
  // the attempt timeout covers headers and body; undici's own would only fire earlier
  return new Pool(origin, { connections: CONNECTIONS, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
}
