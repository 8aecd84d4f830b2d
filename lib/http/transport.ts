import type { Attempt } from '../pipeline/attempt.js';
import type { SentHeaders } from './request-headers.js';

/** A request, ready to be sent as often as needed. */
export interface PreparedRequest {
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  /** For people: without credentials or query. */
  readonly url: string;
  readonly headers: SentHeaders;
  readonly body: string | Uint8Array | undefined;
  readonly maxResponseBytes: number;
}

/** An answer whose body has arrived. */
export interface RawResponse {
  readonly status: number;
  readonly headers: Record<string, string | string[]>;
  readonly body: Buffer;
  /** True if the body was longer than accepted, and was cut. */
  readonly isCut: boolean;
}

/** What an attempt knows of its delivery. */
export interface Delivery {
  /** True once a byte may have reached the upstream. */
  wasSent: boolean;
}

/** Sends one request once. */
export interface Transport {
  send(request: PreparedRequest, attempt: Attempt, delivery: Delivery): Promise<RawResponse>;
  /** Lets go of all connections. */
  close(): Promise<void>;
}
