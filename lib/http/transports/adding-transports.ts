import type { HttpTransport } from '../transport.js';

/** Transports that may add to a request what the client does not know of, such as the headers of an interceptor. */
const adding = new WeakSet<HttpTransport>();

/** Notes that a transport may add something to its requests. */
export function addingTransport(transport: HttpTransport): HttpTransport {
  adding.add(transport);
  return transport;
}

/** True if a transport may add something to its requests. */
export function mayAdd(transport: HttpTransport | undefined): boolean {
  return transport !== undefined && adding.has(transport);
}
