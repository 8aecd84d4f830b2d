import type { Readable } from 'node:stream';
import type { AttemptSlot } from '../pipeline/guards/permit.js';
import type { SentHeaders } from './request-headers.js';
import type { RequestBody } from './request-body.js';

/**
 * The part of an undici dispatcher that this library needs: of undici 6, 7 or 8, or of the copy within Node. Their types differ,
 * and so are not named here.
 * @public
 */
export interface UndiciDispatcher {
  /** Sends a request, and tells its handler of the answer; false if the dispatcher is busy. */
  dispatch(options: object, handler: object): boolean;
}

/** A request, ready to be sent. @public */
export interface TransportRequest {
  /** In upper case. */
  readonly method: string;
  /** `https://api.example.com:8443` */
  readonly origin: string;
  /** Path and query, as sent. */
  readonly path: string;
  /** For people: without credentials or query. */
  readonly url: string;
  /** Lower-case names. */
  readonly headers: SentHeaders;
  /** Undefined for none. */
  readonly body: RequestBody;
  /** Longest accepted body, in decoded bytes. */
  readonly maxResponseBytes: number;
  /** True if the body is to be decoded: the encodings were not asked for by the user. */
  readonly decodes: boolean;
  /** True if it must not go out on a connection that is open already: the one before was the wrong one (421). */
  readonly wantsNewConnection?: boolean;
  /**
   * True if it goes to another origin than the client's own, by an absolute URL or a redirect: it must not be sent with
   * anything that identifies the client, such as a TLS certificate.
   */
  readonly isForeign?: boolean;
  /** Dispatcher that this request has brought: it wins over the transport's own. */
  readonly dispatcher?: UndiciDispatcher | undefined;
  /** True for a response whose body is wanted as a stream. */
  readonly isStreamed: (status: number, headers: ResponseHeaders) => boolean;
}

/** A request that may be sent more than once, or led elsewhere. */
export interface PreparedRequest extends TransportRequest {
  /** True if its body is a stream. */
  readonly isOnce: boolean;
}

/**
 * Response headers: lower-case names. `set-cookie` is an array; other headers that came more than once are joined with `, `.
 * @public
 */
export type ResponseHeaders = Record<string, string | string[]>;

/** A response: with its body, or with a stream of it if the request wanted one. @public */
export interface TransportResponse {
  /** The HTTP status. */
  readonly status: number;
  /** Lower-case names. */
  readonly headers: ResponseHeaders;
  /** Decoded bytes; for a stream, see `stream`. */
  readonly body: Buffer;
  /** True if the body was longer than accepted, and was cut. */
  readonly isCut?: boolean | undefined;
  /** Set if the body has broken off, or could not be decoded to its end. A status that is not accepted stands without it. */
  readonly broken?: Error | undefined;
  /** The body of a response that is wanted as a stream, undecoded if the transport leaves that to the caller. */
  readonly stream?: Readable | undefined;
  /** Text that an HTTP/1.1 server has written behind its status; `fetch` shows it. */
  readonly statusText?: string | undefined;
  /** A body that an interceptor of the transport has parsed already. */
  readonly parsed?: unknown;
}

/** The attempt for which a request is sent. @public */
export interface TransportAttempt {
  /** Aborts on timeout, on the caller's abort and on shutdown; made when it is read. */
  readonly signal: AbortSignal;
  /** @internal The slot of the attempt: an exchange over a pool keeps it until its body has ended. */
  readonly slot?: AttemptSlot | undefined;
  /** A cheaper way to the same news; one listener, the last one counts. */
  onAbort(listener: (reason: unknown) => void): void;
  /** To be called before a byte may reach the upstream: only then may it have acted on the request. */
  markSent(): void;
  /**
   * To be called when the headers of a response have come whose body is still to be collected. A status that is not accepted is
   * then the attempt's error, also if the body never ends.
   */
  receiveHeaders?(status: number, headers: ResponseHeaders): void;
}

/**
 * Sends one request once. Retries, circuits, timeouts, redirects and statuses are not its business: it resolves
 * with any response of the upstream, and rejects if there was none.
 * @public
 */
export interface HttpTransport {
  /** Sends a request once; resolves with any status, rejects without a response. */
  send(request: TransportRequest, attempt: TransportAttempt): Promise<TransportResponse>;
  /** Lets go of all connections, when the application closes. */
  close?(): Promise<void> | void;
}
