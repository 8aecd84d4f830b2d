import type { AsyncResource } from 'node:async_hooks';
import { channel } from 'node:diagnostics_channel';
import type { Client, Dispatcher } from 'undici';
import type { Undici } from './load-undici.js';

const creation = channel('undici:request:create');

/** The call of a request: undici passes on what it does not know. */
interface WithinCall {
  readonly within?: AsyncResource;
}

/**
 * Options as they are, and the async context of their call where user code runs in it: if subscribers trace requests, or the body
 * is a stream, which undici reads.
 */
export function withinCall(
  options: Dispatcher.DispatchOptions,
  call: AsyncResource,
): Dispatcher.DispatchOptions & WithinCall {
  const { body } = options;
  const isRead = typeof body === 'object' && body !== null && !ArrayBuffer.isView(body);
  return isRead || creation.hasSubscribers ? { ...options, within: call } : options;
}

let tracedClient: typeof Client | undefined;

/** The class of the client's connections, made once undici has been loaded. */
export function tracedClientOf(undici: Undici): typeof Client {
  return (tracedClient ??= makeTracedClient(undici));
}

function makeTracedClient({ Client }: Undici): typeof Client {
  /**
   * A connection that makes its requests in the async context of their calls. A request that had to wait in its pool would be
   * made where another one has ended, and its span stand below that one's.
   */
  return class TracedClient extends Client {
    override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
      const { within } = options as WithinCall;
      if (!within) return super.dispatch(options, handler);
      return within.runInAsyncScope(() => super.dispatch(options, handler));
    }
  };
}
