import { createSecureServer } from 'node:http2';
import type {
  Http2SecureServer,
  Http2ServerRequest,
  Http2ServerResponse,
  ServerHttp2Session,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { selfSigned } from './fault-server/self-signed.js';

/** A real HTTP/2 server on loopback, which speaks HTTP/1.1 too, as ALPN chooses. */
export class Http2Server {
  /** HTTP/2 connections that were ever opened. */
  sessions = 0;
  /** The versions of the requests, in order. */
  readonly versions: string[] = [];
  private readonly open = new Set<ServerHttp2Session>();
  private readonly held: Http2ServerResponse[] = [];
  /** True while answers are held back. */
  holds = false;

  private constructor(private readonly server: Http2SecureServer) {
    server.on('session', (session) => {
      this.sessions++;
      this.open.add(session);
      session.on('close', () => this.open.delete(session));
    });
    server.on('request', (request: Http2ServerRequest, response: Http2ServerResponse) => {
      this.versions.push(request.httpVersion);
      request.resume();
      if (this.holds) this.held.push(response);
      else response.end(`${request.method} ${request.url}`);
    });
  }

  static async start(): Promise<Http2Server> {
    const server = new Http2Server(createSecureServer({ ...selfSigned, allowHTTP1: true }));
    await new Promise<void>((resolve) => server.server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Requests that are held back. */
  get waiting(): number {
    return this.held.length;
  }

  get openSessions(): number {
    return this.open.size;
  }

  release(): void {
    for (const response of this.held.splice(0)) response.end('released');
  }

  /** Breaks all connections. */
  dropSessions(): void {
    for (const session of this.open) session.destroy();
    this.held.length = 0;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const session of this.open) session.destroy();
    await closed;
  }
}
