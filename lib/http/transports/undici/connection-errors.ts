/** The place to which a connection was to be made. */
interface Place {
  readonly origin: string;
  /** The proxy on the way, without credentials. */
  readonly proxy?: { readonly shown: string } | undefined;
}

/** Makes the error of a connection that took longer than `connectTimeout`; it has undici's code. */
export function connectTimeout({ origin, proxy }: Place, limit: number): Error {
  const way = proxy ? ` through the proxy ${proxy.shown}` : '';
  const error = new Error(`No connection to ${origin}${way} within ${limit} ms`);
  return Object.assign(error, { name: 'ConnectTimeoutError', code: 'UND_ERR_CONNECT_TIMEOUT' });
}

/** Makes the error of a proxy that cannot be reached: the cause tells why. */
export function proxyUnreachable({ origin, proxy }: Place, cause: Error): Error {
  return new Error(`No connection to ${origin} through the proxy ${proxy?.shown}: ${cause.message}`, {
    cause,
  });
}

/** Makes the error of a proxy that has closed the connection in place of an answer. */
export function proxyHungUp({ origin, proxy }: Place): Error {
  const error = new Error(`The proxy ${proxy?.shown} closed the connection before it led to ${origin}`);
  return Object.assign(error, { code: 'ECONNRESET' });
}

/** Makes the error of a proxy that does not speak HTTP. */
export function proxyUnintelligible({ origin, proxy }: Place): Error {
  return new Error(`The proxy ${proxy?.shown} gave no HTTP answer when it was asked for ${origin}`);
}

/** Makes the error of a proxy that refuses a tunnel; it is judged by its status. */
export function proxyRefused({ origin, proxy }: Place, statusCode: number): Error {
  const error = new Error(`The proxy ${proxy?.shown} answered ${statusCode} when it was asked for ${origin}`);
  return Object.assign(error, { statusCode });
}
