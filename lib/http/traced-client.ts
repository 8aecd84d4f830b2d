import { AsyncLocalStorage } from 'node:async_hooks';
import { channel } from 'node:diagnostics_channel';
import { Client } from 'undici';
import type { Dispatcher } from 'undici';

const creation = channel('undici:request:create');

/** Where a request comes from: undici passes on what it does not know. */
interface Traced {
  within?: (make: () => boolean) => boolean;
}

/** Options as they are, and where they come from if somebody traces requests. */
export function traced(options: Dispatcher.DispatchOptions): Dispatcher.DispatchOptions & Traced {
  return creation.hasSubscribers ? { ...options, within: AsyncLocalStorage.snapshot() } : options;
}

/**
 * A connection that makes its requests where they come from. One that had to wait in its pool would be made where
 * another one has ended, and its span stand below that one's.
 */
export class TracedClient extends Client {
  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const { within } = options as Traced;
    return within ? within(() => super.dispatch(options, handler)) : super.dispatch(options, handler);
  }
}
