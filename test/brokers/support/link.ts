import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** The way to a server on loopback, which can be cut and restored: the server itself goes on for its other users. */
export class Link {
  private server: Server | undefined;
  private readonly sockets = new Set<Socket>();
  port = 0;

  /** @param target - the port of the server */
  constructor(private readonly target: number) {}

  /** Lets connections through, always at the same port. */
  async restore(): Promise<this> {
    const server = (this.server = createServer((near) => this.carry(near)));
    await new Promise<void>((resolve) => void server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    return this;
  }

  /** Breaks every connection; new ones are refused. */
  async cut(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    const closed = new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private carry(near: Socket): void {
    const far = connect(this.target, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(one);
      one.on('error', () => undefined).pipe(other);
      one.once('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
    }
  }
}

/** A port at which nothing listens yet. */
export async function freePort(): Promise<number> {
  const link = await new Link(0).restore();
  await link.cut();
  return link.port;
}
