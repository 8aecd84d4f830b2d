import { types } from 'node:util';
import { getGlobalDispatcher } from 'undici';
import { InvalidRequestException } from '../../../exceptions/upstream.exceptions.js';
import { read } from '../../../policy/error-chain.js';
import type {
  HttpTransport,
  TransportAttempt,
  TransportRequest,
  TransportResponse,
} from '../../transport.js';
import type { UndiciDispatcher } from '../../transport.js';
import { UndiciHandler } from './undici-handler.js';
import { withExchange } from './traced-client.js';
import type { UndiciPools } from './undici-pools.js';

/** Codes of undici's errors for requests that it will not send. */
const REFUSED_BY_UNDICI: ReadonlySet<unknown> = new Set([
  'UND_ERR_INVALID_ARG',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_NOT_SUPPORTED',
]);

/** The global dispatcher of the process start, which the application has not chosen. */
const unchosen: unknown = getGlobalDispatcher();
const PLAIN_NAMES: ReadonlySet<unknown> = new Set(['Agent', 'Dispatcher1Wrapper']);

/**
 * Sends through undici: the dispatcher that the client was given, else the global one if the user has set it (a
 * `MockAgent` in a test, a proxy), else a pool of connections per origin.
 */
export class UndiciTransport implements HttpTransport {
  private lastGlobal: unknown;
  private isChosen = false;

  constructor(
    private readonly pools: UndiciPools,
    private readonly dispatcher: UndiciDispatcher | undefined,
  ) {}

  send(request: TransportRequest, attempt: TransportAttempt): Promise<TransportResponse> {
    return new Promise((resolve, reject) => {
      const refuse = (error: unknown) => reject(asRefusal(error));
      const exchange = new UndiciHandler(request, attempt, resolve, refuse);
      attempt.onAbort(exchange.abort);
      const { origin, path, method, headers, body = null } = request;
      const options = { origin, path, method, headers, body: body as never };
      const dispatcher = this.chosen();
      if (dispatcher) dispatcher.dispatch(options, exchange);
      else
        this.pools.dispatch(withExchange(options, exchange), exchange, request.wantsNewConnection === true);
    });
  }

  close(): Promise<void> {
    return this.pools.close();
  }

  /** Finds the dispatcher that the application has chosen, if it has. */
  private chosen(): UndiciDispatcher | undefined {
    if (this.dispatcher) return this.dispatcher;
    const global = getGlobalDispatcher();
    if (global !== this.lastGlobal) {
      this.lastGlobal = global;
      this.isChosen = isChosen(global);
    }
    return this.isChosen ? global : undefined;
  }
}

/** True if the application has set the global dispatcher; a plain one that was there before says nothing. */
function isChosen(global: object): boolean {
  if (global !== unchosen) return true;
  return types.isProxy(global) || !PLAIN_NAMES.has(global.constructor.name);
}

function asRefusal(error: unknown): unknown {
  if (!REFUSED_BY_UNDICI.has(read(error, 'code'))) return error;
  return new InvalidRequestException({ reason: String(read(error, 'message')), cause: error });
}
