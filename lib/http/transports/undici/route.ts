import type { Socket } from 'node:net';
import type { buildConnector, Dispatcher } from 'undici';
import { proxyUnreachable } from './connection-errors.js';
import type { ForwardProxy } from './forward-proxy.js';
import { Tunnel } from './tunnel.js';

/** Stops opening a socket. */
export type Stop = (reason: Error) => void;

/** The way to one origin: straight, or over a proxy. */
export class Route {
  constructor(
    readonly origin: string,
    /** Opens a socket to the origin, or speaks TLS over one that is open. */
    private readonly connect: buildConnector.connector,
    private readonly servername: string | undefined,
    readonly proxy: ForwardProxy | undefined,
  ) {}

  /** True if requests go to the proxy as they are, and name the whole URL (RFC 9112 §3.2.2). */
  private get isForwarded(): boolean {
    return this.proxy !== undefined && this.origin.startsWith('http:');
  }

  /** A request as it is written on this way. */
  addressed(options: Dispatcher.DispatchOptions): Dispatcher.DispatchOptions {
    const { proxy } = this;
    if (!proxy || !this.isForwarded) return options;
    const { path, headers } = options;
    const { authorization } = proxy;
    const told = authorization === undefined ? {} : { 'proxy-authorization': authorization };
    return { ...options, path: this.origin + path, headers: { ...(headers as object), ...told } };
  }

  /** Opens a socket; returns the function that gives it up. */
  open(options: buildConnector.Options, done: buildConnector.Callback): Stop {
    const { proxy } = this;
    if (!proxy) return this.secure(options, done);
    if (!this.isForwarded) return this.tunnel(proxy, options, done);
    let givenUpWith: Error | undefined;
    const socket = proxy.connect((error) => {
      if (error) done(givenUpWith ?? proxyUnreachable(this, error), null);
      else done(null, socket);
    });
    return (reason) => {
      givenUpWith = reason;
      socket.destroy(reason);
    };
  }

  private tunnel(proxy: ForwardProxy, options: buildConnector.Options, done: buildConnector.Callback): Stop {
    let secure: Stop | undefined;
    const tunnel = new Tunnel({ origin: this.origin, proxy }, (result) => {
      if (result instanceof Error) done(result, null);
      else secure = this.secure({ ...options, httpSocket: result }, done);
    });
    return (reason) => (secure ? secure(reason) : tunnel.giveUp(reason));
  }

  private secure(options: buildConnector.Options, done: buildConnector.Callback): Stop {
    const { servername } = this;
    const named = servername === undefined ? options : { ...options, servername };
    // its type does not tell that it returns the socket
    const socket = this.connect(named, done) as unknown as Socket;
    return (reason) => void socket.destroy(reason);
  }
}
