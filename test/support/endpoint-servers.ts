import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { FaultServer } from './fault-server/fault-server.js';

/** A port on which nothing listens: connections to it are refused. */
export async function refusedUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

/** A server that never ends the handshake of TLS: no connection to it comes about. */
export class SilentServer {
  connections = 0;
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((socket) => {
    this.connections++;
    this.sockets.add(socket.resume());
    socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
  });

  static async start(): Promise<SilentServer> {
    const silent = new SilentServer();
    await new Promise<void>((resolve) => silent.server.listen(0, '127.0.0.1', resolve));
    return silent;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** So many servers, each an endpoint. */
export function startServers(count: number): Promise<FaultServer[]> {
  return Promise.all(Array.from({ length: count }, () => FaultServer.start()));
}
