import { connect as connectTcp, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { basicOf } from '../../request/url-credentials.js';
import type { ResolvedTls } from './tls.options.js';

/** A forward proxy: HTTP, or HTTP over TLS. */
export class ForwardProxy {
  /** For people: without credentials. */
  readonly shown: string;
  /** The value of `proxy-authorization`, if its URL has credentials. */
  readonly authorization: string | undefined;
  private readonly isTls: boolean;
  private readonly host: string;
  private readonly port: number;

  /** @param tls - whom the client trusts; its own certificate is for the upstream, and not for the proxy */
  constructor(
    url: URL,
    private readonly tls: Pick<ResolvedTls, 'ca' | 'rejectUnauthorized'>,
  ) {
    this.shown = url.origin;
    this.authorization = basicOf(url.username, url.password);
    this.isTls = url.protocol === 'https:';
    this.host = url.hostname.replace(/^\[|\]$/g, '');
    this.port = Number(url.port) || (this.isTls ? 443 : 80);
  }

  /** Opens a socket to the proxy. Of several calls of `done` the first counts. */
  connect(done: (error: Error | null) => void): Socket {
    const { host, port } = this;
    const socket = this.isTls ? this.connectSecurely() : connectTcp({ host, port });
    return socket
      .setNoDelay(true)
      .setKeepAlive(true, 60_000)
      .once(this.isTls ? 'secureConnect' : 'connect', () => done(null))
      .on('error', done);
  }

  private connectSecurely(): Socket {
    const { host, port, tls } = this;
    const servername = isIP(host) ? undefined : host;
    return connectTls({ ...given(tls), host, port, servername, ALPNProtocols: ['http/1.1'] });
  }
}

function given({ ca, rejectUnauthorized }: Pick<ResolvedTls, 'ca' | 'rejectUnauthorized'>) {
  return { ...(ca !== undefined && { ca: ca as never }), rejectUnauthorized };
}
