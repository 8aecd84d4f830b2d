import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { once } from 'node:events';

/** A request as it arrived, read off the socket. */
export interface Arrived {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** What the server does with a request: it may write anything to the socket, or nothing. */
export type Behaviour = (socket: Socket, request: Arrived) => void;

/** An answer with a status, headers and a body. */
export function answer(status: number, body = '', headers: Record<string, string | number> = {}): Behaviour {
  const lines = Object.entries({ 'content-length': Buffer.byteLength(body), ...headers });
  const head = lines.map(([name, value]) => `${name}: ${value}`).join('\r\n');
  return (socket) => void socket.write(`HTTP/1.1 ${status} Reason\r\n${head}\r\n\r\n${body}`);
}

/** An answer with JSON. */
export const answerJson = (
  status: number,
  value: unknown,
  headers: Record<string, string | number> = {},
): Behaviour => answer(status, JSON.stringify(value), { 'content-type': 'application/json', ...headers });

/** The connection is reset before an answer. */
export const reset: Behaviour = (socket) => void socket.resetAndDestroy();

/** Nothing is ever answered. */
export const hang: Behaviour = () => undefined;

/** The connection is reset in the middle of the body. */
export const resetInBody: Behaviour = (socket) => {
  socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf');
  setImmediate(() => socket.resetAndDestroy());
};

/** A server on raw sockets: a script of behaviours, the last of which goes on for ever, and a journal. */
export class FaultServer {
  readonly arrived: Arrived[] = [];
  private readonly sockets = new Set<Socket>();
  private script: Behaviour[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<FaultServer> {
    const server = createServer();
    const faults = new FaultServer(server);
    server.on('connection', (socket) => faults.serve(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return faults;
  }

  get url(): string {
    const address = this.server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  }

  get openConnections(): number {
    return this.sockets.size;
  }

  play(...script: Behaviour[]): void {
    this.script = script;
    this.arrived.length = 0;
  }

  async stop(): Promise<void> {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await once(this.server, 'close');
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => undefined);
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      const request = parse(received);
      if (!request) return;
      received = '';
      this.arrived.push(request);
      const behaviour = this.script.length > 1 ? this.script.shift() : this.script[0];
      (behaviour ?? answer(200))(socket, request);
    });
  }
}

function parse(text: string): Arrived | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [start = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.split(':')[0]?.toLowerCase(), line.replace(/^[^:]*:\s*/, '')]),
  );
  const body = text.slice(end + 4);
  if (body.length < Number(headers['content-length'] ?? 0)) return undefined;
  const [method = '', path = ''] = start.split(' ');
  return { method, path, headers: headers, body };
}
