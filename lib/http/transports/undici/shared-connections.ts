import type { Dispatcher } from 'undici';
import type { Connected } from './connecting.js';
import type { Connection } from './connection.js';
import type { Lease, Outgoing } from './lease.js';
import { isIdempotent } from '../../request/replay-safety.js';

/** Streams on one connection that servers take without being asked (RFC 9113 §6.5.2 recommends no fewer). */
export const MOST_STREAMS = 100;

/** The connections that exchanges fall back on. */
interface Pool {
  add(onConnected: Connected): Connection;
  dispatch(outgoing: Outgoing, connection: Connection): void;
  sendAlone(outgoing: Outgoing): void;
}

/**
 * The HTTP/2 connections of one origin, which many exchanges share. One connection finds out whether the server speaks HTTP/2;
 * until then the others wait for it, within their attempt.
 */
export class SharedConnections {
  private readonly connections = new Set<Connection>();
  private readonly waiting = new Map<Lease, Outgoing>();
  /** The connection that finds out. */
  private probe: Connection | undefined;
  /** True once the server has chosen HTTP/1.1. */
  private isRefused = false;
  private isRetired = false;

  constructor(private readonly pool: Pool) {}

  /** Sends a request on a shared connection, now or soon; false if it has to be sent alone. */
  take(outgoing: Outgoing): boolean {
    if (this.isRefused || this.isRetired || !isShareable(outgoing.options)) return false;
    const shared = [...this.connections].find(({ streams }) => streams < MOST_STREAMS);
    if (shared) this.send(outgoing, shared);
    else if (this.probe) this.waiting.set(outgoing.lease, outgoing);
    else this.send(outgoing, this.open());
    return true;
  }

  has(connection: Connection): boolean {
    return this.connections.has(connection);
  }

  /** The exchange for which a connection is being opened has left: those that wait for it begin anew, with one of their own. */
  abandon(connection: Connection): void {
    if (this.probe !== connection) return;
    this.probe = undefined;
    for (const outgoing of this.endWait()) this.takeOrSendAlone(outgoing);
  }

  /** Takes note that an exchange has ended; false if its connection is none of these. */
  takeBack(connection: Connection): boolean {
    connection.streams--;
    return this.connections.has(connection);
  }

  /** An exchange leaves before there was a connection for it. */
  leave(lease: Lease): void {
    this.waiting.delete(lease);
  }

  /** A connection is lost; false if it is none of these. */
  lose(connection: Connection): boolean {
    return this.connections.delete(connection);
  }

  retire(): void {
    this.isRetired = true;
    this.closeIdle();
  }

  /** After {@link retire} no connection is kept that has nothing to do. */
  closeIdle(): void {
    if (!this.isRetired) return;
    for (const connection of this.connections) if (connection.streams === 0) connection.close();
  }

  private send(outgoing: Outgoing, connection: Connection): void {
    connection.streams++;
    this.pool.dispatch(outgoing, connection);
  }

  private open(): Connection {
    const probe = this.pool.add((error, isHttp2) => this.learn(probe, error, isHttp2));
    return (this.probe = probe);
  }

  private learn(probe: Connection, error: Error | null, isHttp2: boolean): void {
    if (this.probe !== probe) return;
    this.probe = undefined;
    const waiting = this.endWait();
    if (isHttp2) this.connections.add(probe);
    else if (!error) this.isRefused = true;
    for (const outgoing of waiting) {
      if (error) outgoing.exchange.onResponseError?.(undefined as never, error);
      else this.takeOrSendAlone(outgoing);
    }
  }

  private endWait(): Outgoing[] {
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    return waiting;
  }

  private takeOrSendAlone(outgoing: Outgoing): void {
    if (!this.take(outgoing)) this.pool.sendAlone(outgoing);
  }
}

/** undici waits for all other streams before it sends what must not be sent twice, or a body that it reads as a stream. */
function isShareable({ method, body }: Dispatcher.DispatchOptions): boolean {
  const isStream = typeof body === 'object' && body !== null && !ArrayBuffer.isView(body);
  return isIdempotent(method) && !isStream;
}
