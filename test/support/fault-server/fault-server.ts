import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:tls';
import { parseRequest } from './arrived.js';
import type { Arrived } from './arrived.js';
import { answer } from './behaviours.js';
import type { Behaviour } from './behaviours.js';
import { selfSigned } from './self-signed.js';

export * from './behaviours.js';
export type { Arrived } from './arrived.js';

/** A server on raw sockets: scripts of behaviours, for all paths or for one, and a journal of what arrived. */
export class FaultServer {
  readonly arrived: Arrived[] = [];
  /** Connections that were ever opened. */
  connections = 0;
  private readonly ended = new Set<number>();
  private readonly sockets = new Set<Socket>();
  private script: Behaviour[] = [];
  private readonly paths = new Map<string, Behaviour[]>();

  private constructor(
    private readonly server: Server,
    private readonly protocol: string,
  ) {}

  static start(): Promise<FaultServer> {
    return FaultServer.listen(createServer(), 'http', 'connection');
  }

  /** With a certificate that nobody trusts. */
  static startTls(): Promise<FaultServer> {
    return FaultServer.listen(createTlsServer(selfSigned), 'https', 'secureConnection');
  }

  private static async listen(server: Server, protocol: string, event: string): Promise<FaultServer> {
    const faults = new FaultServer(server, protocol);
    server.on(event, (socket: Socket) => faults.serve(socket));
    server.on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return faults;
  }

  get url(): string {
    const address = this.server.address();
    return `${this.protocol}://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  }

  get openConnections(): number {
    return this.sockets.size;
  }

  /** True if the connection on which the last request came is closed; a client may have opened another one. */
  get hasLostLast(): boolean {
    return this.hasLost(this.arrived.length - 1);
  }

  /** The same for any request of the journal. */
  hasLost(index: number): boolean {
    return this.ended.has(this.arrived[index]?.connection ?? 0);
  }

  /** What happens to requests in their order; the last behaviour goes on for ever. Clears the journal. */
  play(...script: Behaviour[]): void {
    this.script = script;
    this.paths.clear();
    this.arrived.length = 0;
  }

  /** The same for one path, whatever else is played. */
  playAt(path: string, ...script: Behaviour[]): void {
    this.paths.set(path, script);
  }

  async stop(): Promise<void> {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await once(this.server, 'close');
  }

  private serve(socket: Socket): void {
    const connection = ++this.connections;
    this.sockets.add(socket);
    socket.on('close', () => {
      this.sockets.delete(socket);
      this.ended.add(connection);
    });
    socket.on('error', () => undefined);
    // head and body are written apart: without this the second waits for an acknowledgement of the first
    socket.setNoDelay(true);
    let received = '';
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      for (let request = parseRequest(received); request; request = parseRequest(received)) {
        const { length, ...rest } = request;
        received = received.slice(length);
        this.handle(socket, { ...rest, connection });
      }
    });
  }

  private handle(socket: Socket, request: Arrived): void {
    this.arrived.push(request);
    const script = this.paths.get(request.path.split('?')[0]) ?? this.script;
    const behaviour = script.length > 1 ? script.shift() : script[0];
    (behaviour ?? answer(200))(socket, request);
  }
}
