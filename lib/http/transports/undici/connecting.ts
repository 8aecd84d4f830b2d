import type { AsyncResource } from 'node:async_hooks';
import type { TLSSocket } from 'node:tls';
import type { buildConnector } from 'undici';
import type { Deadline } from '../../../pipeline/deadlines/deadline-queue.js';
import type { DeadlineQueues } from '../../../pipeline/deadlines/deadline-queues.js';
import { connectTimeout } from './connection-errors.js';
import type { Route } from './route.js';

/** Hears that a connection was made, or why not. */
export type Connected = (error: Error | null, isHttp2: boolean) => void;

/** The parts that all connections of a client share. */
export interface ConnectingDeps {
  /** Sockets and their timers outlive the request that opens them: they begin in this context. */
  readonly root: AsyncResource;
  readonly deadlines: DeadlineQueues;
  /** In milliseconds; undefined for no limit but that of the attempt. */
  readonly connectTimeout: number | undefined;
}

/** Opens the sockets of one connection, one after the other, and gives up the one that is being opened. */
export class Connecting {
  private stop: ((reason: Error) => void) | undefined;
  private deadline: Deadline | undefined;

  constructor(
    private readonly route: Route,
    private readonly deps: ConnectingDeps,
    private readonly onConnected: Connected | undefined,
  ) {}

  /** Connects, as undici asks for it. */
  readonly connect: buildConnector.connector = (options, done) => {
    this.deps.root.runInAsyncScope(() => this.begin(options, done));
  };

  /** Gives up the socket that is being opened, if one is. */
  cancel(reason: Error): void {
    this.stop?.(reason);
  }

  private begin(options: buildConnector.Options, done: buildConnector.Callback): void {
    const { connectTimeout: limit, deadlines } = this.deps;
    let isOver = false;
    const over: buildConnector.Callback = (...result) => {
      if (isOver) return;
      isOver = true;
      this.stop = undefined;
      this.deadline?.cancelDeadline();
      done(...result);
      const [error, socket] = result;
      this.onConnected?.(error, (socket as TLSSocket | null)?.alpnProtocol === 'h2');
    };
    const stop = this.route.open(options, over);
    if (isOver) return;
    this.stop = stop;
    if (limit === undefined) return;
    this.deadline = deadlines.of(limit).add(() => this.cancel(connectTimeout(this.route, limit)));
  }
}
