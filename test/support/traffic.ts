import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { ManualClock } from 'nestjs-breakwater/testing';

interface Told {
  readonly request: object;
  readonly socket?: Socket;
}

type Listener = (message: unknown) => void;

/** How often in a row nothing may be under way: promise reactions go on for a turn or two. */
const QUIET_TURNS = 3;

/**
 * Knows when real sockets have come to rest. A connection is busy at both ends or at neither, else something is
 * under way on it: undici tells of the client's end, a server of its own.
 */
export class Traffic {
  private readonly unsent = new Set<object>();
  private readonly client = new Map<object, number | undefined>();
  private readonly server = new Set<number | undefined>();
  private readonly listeners: [channel: string, listener: Listener][] = [
    ['undici:request:create', this.on(({ request }) => this.unsent.add(request))],
    ['undici:client:sendHeaders', this.on((told) => this.send(told))],
    ['undici:request:trailers', this.on(({ request }) => this.end(request))],
    ['undici:request:error', this.on(({ request }) => this.end(request))],
  ];

  constructor() {
    for (const [channel, listener] of this.listeners) subscribe(channel, listener);
  }

  stop(): void {
    for (const [channel, listener] of this.listeners) unsubscribe(channel, listener);
  }

  /** To be called by a server when a request has arrived; returns what tells that it is about to answer. */
  arrive(socket: Socket, onGone: () => void): () => void {
    const { remotePort } = socket;
    this.server.add(remotePort);
    const end = () => void this.server.delete(remotePort);
    const leave = () => (end(), onGone());
    socket.once('close', leave);
    return () => (socket.off('close', leave), end());
  }

  /** Waits until all that was sent has arrived, at either end; fails after five seconds. */
  async settle(): Promise<void> {
    const end = performance.now() + 5000;
    for (let quiet = 0; quiet < QUIET_TURNS; quiet = this.isQuiet ? quiet + 1 : 0) {
      if (performance.now() > end) throw new Error('the sockets do not come to rest');
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  private get isQuiet(): boolean {
    const busy = new Set(this.client.values());
    return (
      this.unsent.size === 0 &&
      busy.size === this.server.size &&
      [...busy].every((port) => this.server.has(port))
    );
  }

  private on(listen: (told: Told) => void): Listener {
    return (message) => listen(message as Told);
  }

  private send({ request, socket }: Told): void {
    this.unsent.delete(request);
    this.client.set(request, socket?.localPort);
  }

  private end(request: object): void {
    this.unsent.delete(request);
    this.client.delete(request);
  }
}

/** Virtual time over real sockets: it does not move before they have come to rest. */
export class SocketClock extends ManualClock {
  private due: number[] = [];

  constructor(private readonly traffic: Pick<Traffic, 'settle'>) {
    super();
  }

  override setTimeout(fn: () => void, ms: number): unknown {
    this.due.push(this.now() + Math.max(0, ms));
    return super.setTimeout(fn, ms);
  }

  override async advance(ms: number): Promise<void> {
    const end = this.now() + ms;
    await this.traffic.settle();
    for (let next = this.nextDue(end); next < Infinity; next = this.nextDue(end)) {
      this.due = this.due.filter((moment) => moment > next);
      await super.advance(Math.max(0, next - this.now()));
      await this.traffic.settle();
    }
    await super.advance(Math.max(0, end - this.now()));
  }

  private nextDue(end: number): number {
    return Math.min(...this.due.filter((moment) => moment <= end));
  }
}
