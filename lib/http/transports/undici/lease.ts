import type { Dispatcher } from 'undici';
import type { AttemptSlot } from '../../../pipeline/guards/permit.js';
import type { Connection } from './connection.js';

/** The pool to which a connection goes back. */
export interface Lessor {
  takeBack(lease: Lease, isSound: boolean): void;
  /** Gives up a request that has not begun, because its connection is still being made. */
  giveUp(lease: Lease, reason: Error): void;
}

/** One exchange's use of a connection, and of a slot. */
export class Lease {
  /** Undefined while the exchange waits to know which connection it may share. */
  connection: Connection | undefined = undefined;
  /** True for a connection that ends with its exchange. */
  isSingle = false;

  constructor(
    private lessor: Lessor | undefined,
    private readonly slot: AttemptSlot | undefined,
  ) {
    slot?.hold();
  }

  /** Ends the use; `isSound` if the connection can serve another exchange. Without effect the second time. */
  end(isSound: boolean): void {
    const { lessor } = this;
    if (lessor === undefined) return;
    this.lessor = undefined;
    lessor.takeBack(this, isSound);
    this.slot?.letGo();
  }

  giveUp(reason: Error): void {
    this.lessor?.giveUp(this, reason);
  }
}

/** An exchange that uses a connection of a pool. */
export interface PooledExchange extends Dispatcher.DispatchHandler {
  /** The connection that it uses. The exchange ends the lease, or gives it up. */
  lease: Lease | undefined;
}

/** A request on its way to a connection. */
export interface Outgoing {
  readonly options: Dispatcher.DispatchOptions;
  readonly exchange: PooledExchange;
  readonly lease: Lease;
}
