import { createServer, request as sendRequest } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { selfSigned } from './fault-server/self-signed.js';

/** What a proxy does with a CONNECT, in place of opening the tunnel. */
export type TunnelFault = (socket: Duplex) => void;

/** A refusal of the tunnel. */
export const refuseTunnel =
  (status: number): TunnelFault =>
  (socket) =>
    void socket.end(`HTTP/1.1 ${status} Reason\r\ncontent-length: 0\r\n\r\n`);

/** The proxy closes the connection without an answer. */
export const dropTunnel: TunnelFault = (socket) => void socket.destroy();

/** The proxy never answers. */
export const stallTunnel: TunnelFault = (socket) => void socket.on('end', () => socket.destroy()).resume();

/** The answer of something that is no proxy. */
export const mumble: TunnelFault = (socket) => void socket.end('SSH-2.0-OpenSSH_9.7\r\n');

/** A forward proxy on loopback, with a journal. */
export class ProxyServer {
  /** The targets of CONNECT, in order. */
  readonly tunnels: string[] = [];
  /** The URLs of requests that were forwarded, in order. */
  readonly forwarded: string[] = [];
  /** The `proxy-authorization` of each, in order. */
  readonly credentials: (string | undefined)[] = [];
  /** Set for a proxy that does something else with a CONNECT. */
  fault: TunnelFault | undefined;
  /** Where tunnels lead, whatever they are asked for: names that do not exist can be asked for then. */
  leadsTo: number | undefined;
  private readonly sockets = new Set<Duplex>();

  private constructor(
    private readonly server: Server,
    private readonly protocol: string,
  ) {
    server.on('connection', (socket: Socket) => this.keep(socket));
    server.on('connect', (request: IncomingMessage, socket: Duplex) => this.tunnel(request, socket));
    server.on('request', (request: IncomingMessage, response: ServerResponse) =>
      this.forward(request, response),
    );
  }

  static start(): Promise<ProxyServer> {
    return ProxyServer.listen(new ProxyServer(createServer(), 'http'));
  }

  static startTls(): Promise<ProxyServer> {
    return ProxyServer.listen(new ProxyServer(createSecureServer(selfSigned), 'https'));
  }

  private static async listen(proxy: ProxyServer): Promise<ProxyServer> {
    await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** `127.0.0.1:3128` */
  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `${this.protocol}://${this.host}`;
  }

  get openConnections(): number {
    return this.sockets.size;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private keep(socket: Duplex): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
  }

  private tunnel({ url = '', headers }: IncomingMessage, socket: Duplex): void {
    this.tunnels.push(url);
    this.credentials.push(headers['proxy-authorization']);
    socket.on('error', () => undefined);
    if (this.fault) this.fault(socket);
    else this.open(url, socket);
  }

  /** Opens a tunnel, after all. */
  open(target: string, socket: Duplex): void {
    const { hostname, port } = new URL(`http://${target}`);
    const there = connect({
      host: this.leadsTo ? '127.0.0.1' : hostname,
      port: this.leadsTo ?? Number(port),
    });
    this.keep(there);
    there.on('connect', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      there.pipe(socket).pipe(there);
    });
    there.on('close', () => socket.destroy());
    socket.on('close', () => there.destroy());
  }

  private forward(request: IncomingMessage, response: ServerResponse): void {
    const { url = '', method, headers } = request;
    this.forwarded.push(url);
    this.credentials.push(headers['proxy-authorization']);
    const others = { ...headers };
    delete others['proxy-authorization'];
    const sent = sendRequest(url, { method, headers: others }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    sent.on('error', () => response.writeHead(502).end());
    request.pipe(sent);
  }
}
