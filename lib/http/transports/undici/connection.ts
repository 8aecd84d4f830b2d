import type { Client } from 'undici';
import type { Connecting } from './connecting.js';

/** A client of undici, which has one socket at a time, and the socket that it is opening. */
export class Connection {
  /** Exchanges under way on it, where it is shared. */
  streams = 0;

  constructor(
    readonly client: Client,
    private readonly connecting: Connecting,
  ) {}

  /** Ends after what is under way. */
  close(): void {
    // one that is destroyed already has nothing to close
    this.client.close().catch(() => undefined);
  }

  /** Ends at once; a request that has not ended fails with the reason. */
  destroy(reason: Error): Promise<void> {
    // undici leaves a socket alone that is not open yet
    this.connecting.cancel(reason);
    return this.client.destroy(reason);
  }
}
