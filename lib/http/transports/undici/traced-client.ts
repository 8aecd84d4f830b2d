import { channel } from 'node:diagnostics_channel';
import type { TLSSocket } from 'node:tls';
import type { buildConnector, Client, Dispatcher } from 'undici';
import { bareObject } from '../../../policy/own-property.js';
import { skipInformational } from './informational.js';
import type { ExpectsHead } from './informational.js';
import type { Undici } from './load-undici.js';
import type { SentHeaders } from '../../request-headers.js';
import type { TransportRequest } from '../../transport.js';
import type { UndiciHandler } from './undici-handler.js';

const creation = channel('undici:request:create');

/** The exchange of a request: undici passes on what it does not know. */
interface WithExchange {
  readonly exchange?: UndiciHandler;
}

/** A body in undici's types; null for none. */
type SentContent = NonNullable<Dispatcher.DispatchOptions['body']> | null;

/** The options of a request to a pool, and its exchange, which undici wraps on the way to the connection. */
export class PooledOptions implements Dispatcher.DispatchOptions, WithExchange {
  readonly origin: string;
  readonly path: string;
  readonly method: Dispatcher.HttpMethod;
  readonly headers: SentHeaders;
  readonly body: SentContent;

  constructor(
    { origin, path, method, headers, body }: TransportRequest,
    readonly exchange: UndiciHandler,
  ) {
    this.origin = origin;
    this.path = path;
    this.method = method;
    this.headers = headers;
    this.body = (body ?? null) as SentContent;
  }
}

/** True if user code runs while a request is made: subscribers trace it, or its body is a stream, which undici reads. */
function runsUserCode({ body }: Dispatcher.DispatchOptions): boolean {
  const isRead = typeof body === 'object' && body !== null && !ArrayBuffer.isView(body);
  return isRead || creation.hasSubscribers;
}

/** The class of the client's connections. */
type TracedClient = new (
  origin: URL | string,
  options: Client.Options & { connect: buildConnector.connector },
) => Client;

let tracedClient: TracedClient | undefined;

/** The class of the client's connections, made once undici has been loaded. */
export function tracedClientOf(undici: Undici): TracedClient {
  return (tracedClient ??= makeTracedClient(undici));
}

function makeTracedClient({ Client }: Undici): TracedClient {
  /**
   * A connection that makes its requests in the async context of their calls. A request that had to wait in its pool would be
   * made where another one has ended, and its span stand below that one's. It passes over informational responses.
   */
  return class extends Client {
    private readonly connection: ExpectsHead;

    /** @param options - with `connect` as the function that opens a connection */
    constructor(origin: URL | string, options: Client.Options & { connect: buildConnector.connector }) {
      const connection = { isExpectingHead: false };
      const connect = connectorOf(options.connect, connection);
      // undici reads what is not its own, too, and refuses options that it no longer has
      super(origin, Object.assign(bareObject(), options, { connect }));
      this.connection = connection;
    }

    override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
      const { exchange } = options as WithExchange;
      if (!exchange) return super.dispatch(options, handler);
      exchange.connection = this.connection;
      if (!runsUserCode(options)) return super.dispatch(options, handler);
      return exchange.runInAsyncScope(() => super.dispatch(options, handler));
    }
  };
}

function connectorOf(connect: buildConnector.connector, connection: ExpectsHead): buildConnector.connector {
  return (options, done) =>
    connect(options, (...[error, socket]) => {
      if (error) {
        done(error, null);
        return;
      }
      if ((socket as TLSSocket).alpnProtocol !== 'h2') skipInformational(socket, connection);
      done(null, socket);
    });
}
