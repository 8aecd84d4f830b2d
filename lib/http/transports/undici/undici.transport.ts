import { Logger } from '@nestjs/common';
import { InvalidRequestException } from '../../../exceptions/upstream.exceptions.js';
import { read } from '../../../policy/error-chain.js';
import type {
  HttpTransport,
  TransportAttempt,
  TransportRequest,
  TransportResponse,
  UndiciDispatcher,
} from '../../transport.js';
import { chooseDispatcher, globalDispatcher, isChosen, nameOf } from './dispatchers.js';
import type { DispatcherChoice, DispatcherOptions } from './dispatchers.js';
import { EveryStyle } from './handler-styles.js';
import { undiciPackage } from './load-undici.js';
import { UndiciHandler } from './undici-handler.js';
import { PooledOptions } from './traced-client.js';
import type { UndiciPools } from './undici-pools.js';

/** Codes of undici's errors for requests that it will not send. */
const REFUSED_BY_UNDICI: ReadonlySet<unknown> = new Set([
  'UND_ERR_INVALID_ARG',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_NOT_SUPPORTED',
]);

/** The options by which the transport chooses, and the client's name, for the log. */
export interface UndiciTransportOptions extends DispatcherOptions {
  readonly client: string;
}

/**
 * Sends through the dispatcher that the client was given, or that the application has chosen globally, of any copy of undici;
 * else through the client's own pools. Only these need undici to be loaded.
 */
export class UndiciTransport implements HttpTransport {
  private lastGlobal: UndiciDispatcher | undefined;
  private choice: DispatcherChoice;

  constructor(
    private readonly pools: UndiciPools,
    private readonly options: UndiciTransportOptions,
  ) {
    this.choice = chooseDispatcher(options, undefined);
  }

  /** Loads undici if the next request needs it; undefined if there is nothing to wait for. */
  ready(): Promise<void> | undefined {
    return this.choose() ? undefined : undiciPackage.load();
  }

  send(request: TransportRequest, attempt: TransportAttempt): Promise<TransportResponse> {
    const dispatcher = request.dispatcher ?? this.choose();
    if (dispatcher) return sendThrough(dispatcher, request, attempt);
    const loading = undiciPackage.load();
    return loading ? loading.then(() => this.send(request, attempt)) : this.sendOverPools(request, attempt);
  }

  /** True if the next request goes over the client's own connections. */
  get usesPools(): boolean {
    return this.choose() === undefined;
  }

  close(): Promise<void> {
    return this.pools.close();
  }

  private sendOverPools(request: TransportRequest, attempt: TransportAttempt): Promise<TransportResponse> {
    return exchange(request, attempt, (handler) => {
      if (handler.abortReason) throw handler.abortReason;
      const how = {
        slot: attempt.slot,
        isSingle: request.wantsNewConnection === true,
        isForeign: request.isForeign === true,
      };
      this.pools.dispatch(new PooledOptions(request, handler), handler, how);
    });
  }

  /** Finds the dispatcher of the next request, undefined for the pools. The application may set a global one at any time. */
  private choose(): UndiciDispatcher | undefined {
    const global = globalDispatcher();
    if (global === this.lastGlobal) return this.choice.dispatcher;
    this.lastGlobal = global;
    this.choice = chooseDispatcher(this.options, global && isChosen(global) ? global : undefined);
    if (this.choice.setAside) this.reportSetAside(this.choice.setAside);
    return this.choice.dispatcher;
  }

  private reportSetAside(global: UndiciDispatcher): void {
    const { client, dispatcher } = this.options;
    const winner = dispatcher ? 'its own `dispatcher`' : 'its own options of connections';
    const line = `HTTP client '${client}' does not use the global dispatcher (${nameOf(global)}): it has ${winner}`;
    new Logger('Resilience').warn(line);
  }
}

/** Sends a request through a dispatcher of any copy of undici. */
export function sendThrough(
  dispatcher: UndiciDispatcher,
  request: TransportRequest,
  attempt: TransportAttempt,
): Promise<TransportResponse> {
  const { origin, path, method, headers, body = null } = request;
  return exchange(request, attempt, (handler) =>
    dispatcher.dispatch({ origin, path, method, headers, body }, new EveryStyle(handler)),
  );
}

function exchange(
  request: TransportRequest,
  attempt: TransportAttempt,
  dispatch: (handler: UndiciHandler) => void,
): Promise<TransportResponse> {
  return new Promise((resolve, reject) => {
    const refuse = (error: unknown) => reject(asRefusal(error));
    const handler = new UndiciHandler(request, attempt, resolve, refuse);
    attempt.onAbort(handler.abort);
    dispatch(handler);
  });
}

function asRefusal(error: unknown): unknown {
  if (!REFUSED_BY_UNDICI.has(read(error, 'code'))) return error;
  return new InvalidRequestException({ reason: String(read(error, 'message')), cause: error });
}
