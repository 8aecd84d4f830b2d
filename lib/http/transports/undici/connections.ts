import type { Dispatcher } from 'undici';
import type { AttemptSlot } from '../../../pipeline/guards/permit.js';
import type { Connected } from './connecting.js';
import type { Connection } from './connection.js';
import { Lease } from './lease.js';
import type { Lessor, Outgoing, PooledExchange } from './lease.js';
import { SharedConnections } from './shared-connections.js';

/** Makes a connection, which opens its socket for its first request. */
export type NewConnection = (onConnected?: Connected) => Connection;

const LEFT = new Error('The connection is not needed any more');

/**
 * The connections to one origin. Each serves one exchange at a time, and the one that was used last is used next: those that are
 * not needed grow idle and are closed. Nothing queues here, as the slots in front of it are as many as its connections.
 */
export class Connections implements Lessor {
  private readonly idle: Connection[] = [];
  private readonly all = new Set<Connection>();
  private readonly shared: SharedConnections | undefined;
  private underWay = 0;
  private isRetired = false;
  /** Called when no exchange is under way any more. */
  onIdle: (() => void) | undefined;

  constructor(
    private readonly newConnection: NewConnection,
    isHttp2: boolean,
  ) {
    if (isHttp2) this.shared = new SharedConnections(this);
  }

  /** True if no exchange is under way. */
  get isIdle(): boolean {
    return this.underWay === 0;
  }

  /** Sends a request on a connection that is free, or on one that ends with the answer. */
  send(
    options: Dispatcher.DispatchOptions,
    exchange: PooledExchange,
    { slot, isSingle }: { readonly slot: AttemptSlot | undefined; readonly isSingle: boolean },
  ): void {
    this.underWay++;
    const lease = (exchange.lease = new Lease(this, slot));
    lease.isSingle = isSingle;
    const outgoing = { options, exchange, lease };
    try {
      if (isSingle) this.dispatch(outgoing, this.add());
      else if (!this.shared?.take(outgoing)) this.sendAlone(outgoing);
    } catch (error) {
      // an exchange that did not begin does not end by itself
      lease.end(false);
      throw error;
    }
  }

  /** Sends on a connection that serves nothing else meanwhile. */
  sendAlone(outgoing: Outgoing): void {
    this.dispatch(outgoing, this.idle.pop() ?? this.add());
  }

  dispatch({ options, exchange, lease }: Outgoing, connection: Connection): void {
    lease.connection = connection;
    connection.client.dispatch(options, exchange);
  }

  add(onConnected?: Connected): Connection {
    const connection = this.newConnection(onConnected);
    this.all.add(connection);
    connection.client.on('disconnect', () => this.forget(connection));
    return connection;
  }

  takeBack(lease: Lease, isSound: boolean): void {
    this.underWay--;
    const { connection, isSingle } = lease;
    if (connection === undefined) this.shared?.leave(lease);
    else if (this.shared?.takeBack(connection) === true) this.shared.closeIdle();
    else if (isSound && !isSingle && !this.isRetired) this.idle.push(connection);
    else this.drop(connection, isSound);
    if (this.underWay === 0) this.onIdle?.();
  }

  giveUp(lease: Lease, reason: Error): void {
    const { connection } = lease;
    if (connection === undefined || this.shared?.has(connection)) return lease.end(true);
    this.shared?.abandon(connection);
    // its only request ends with this reason
    void connection.destroy(reason);
  }

  /** Closes what is idle, and everything else after its exchange. */
  retire(): void {
    this.isRetired = true;
    this.shared?.retire();
    for (const connection of this.idle.splice(0)) this.drop(connection, true);
  }

  /** Ends all connections at once. */
  async destroy(reason: Error): Promise<void> {
    this.isRetired = true;
    await Promise.all([...this.all].map((connection) => connection.destroy(reason)));
    this.all.clear();
  }

  drop(connection: Connection, isSound: boolean): void {
    this.all.delete(connection);
    if (isSound) connection.close();
    else void connection.destroy(LEFT);
  }

  /** The other side has closed a connection: an idle one is of no use any more. */
  private forget(connection: Connection): void {
    if (this.shared?.lose(connection)) return this.drop(connection, false);
    const at = this.idle.lastIndexOf(connection);
    if (at < 0) return;
    this.idle.splice(at, 1);
    this.drop(connection, false);
  }
}
