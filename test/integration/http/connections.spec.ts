import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { Agent } from 'undici';
import { fetchTransport } from 'nestjs-breakwater';
import type { HttpClientOptions } from 'nestjs-breakwater';
import { ManualClock } from 'nestjs-breakwater/testing';
import { answer, FaultServer, redirect, reset } from '../../support/fault-server/fault-server.js';
import { selfSigned } from '../../support/fault-server/self-signed.js';
import { Http2Server } from '../../support/http2-server.js';
import { eventually, startHttp, stopHttp } from '../../support/http-application.js';
import { ProxyServer, stallTunnel } from '../../support/proxy-server.js';

const { cert, key } = selfSigned;
const upstream = await FaultServer.start();
const secure = await FaultServer.startTls();
beforeEach(() => {
  for (const server of [upstream, secure]) server.play(answer(200, 'fine'));
});
afterEach(stopHttp);
afterAll(() => Promise.all([upstream.stop(), secure.stop()]));

describe('an idle connection', () => {
  it('is used again', async () => {
    const { http } = await startHttp({ baseUrl: upstream.url });
    const { connections } = upstream;
    for (let count = 0; count < 5; count++) await http.post('/', { count });
    expect(upstream.connections - connections).toBe(1);
  });

  it('is closed after `keepAlive`, whatever the server says', async () => {
    upstream.play(answer(200, '', { 'keep-alive': 'timeout=60' }));
    const { http } = await startHttp({ baseUrl: upstream.url, keepAlive: 20 });
    await http.get('/');
    expect(upstream.openConnections).toBe(1);
    await eventually(() => upstream.openConnections === 0);
    await http.get('/');
  });

  it('is not kept at all with `keepAlive: 0`', async () => {
    const { http } = await startHttp({ baseUrl: upstream.url, keepAlive: 0 });
    const { connections } = upstream;
    await http.get('/');
    await http.get('/');
    expect(upstream.connections - connections).toBe(2);
    await eventually(() => upstream.openConnections === 0);
  });

  it('is not used after a failure on it', async () => {
    upstream.play(answer(200), reset, answer(200, 'again'));
    const { http } = await startHttp({ baseUrl: upstream.url });
    await http.get('/');
    await expect(http.get('/')).resolves.toMatchObject({ data: 'again', attempts: 2 });
  });
});

describe('`connectTimeout`', () => {
  it('ends TLS that does not begin; nothing was sent, so that a POST is repeated', async () => {
    const open = new Set<Socket>();
    let connections = 0;
    const silent = createServer((socket) => {
      connections++;
      open.add(socket.resume());
      socket.on('error', () => undefined).on('close', () => open.delete(socket));
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const clock = new ManualClock();
    const retry = { maxRetries: 1, baseDelay: 0, budget: false as const };
    const { http } = await startHttp({ connectTimeout: 300, timeout: false, retry }, { clock });
    const ended = expect(http.post(url, {})).rejects.toMatchObject({
      message: `POST ${url}/ got no answer: No connection to ${url} within 300 ms`,
      cause: { code: 'UND_ERR_CONNECT_TIMEOUT' },
    });
    for (let attempt = 1; attempt <= 2; attempt++) {
      await eventually(() => connections === attempt && open.size === 1);
      await clock.advance(300);
    }
    await ended;
    await eventually(() => open.size === 0);
    expect(clock.pending).toBe(0);
    await new Promise((resolve) => silent.close(resolve));
  });
});

describe('`maxHeaderSize`', () => {
  it('limits the header of an answer', async () => {
    upstream.play(answer(200, 'fine', { 'x-long': 'x'.repeat(20_000) }));
    const narrow = await startHttp({ baseUrl: upstream.url });
    await expect(narrow.http.get('/')).rejects.toMatchObject({ cause: { code: 'UND_ERR_HEADERS_OVERFLOW' } });
    const wide = await startHttp({ baseUrl: upstream.url, maxHeaderSize: 30_000 });
    await expect(wide.http.get('/')).resolves.toMatchObject({ data: 'fine' });
  });
});

/** A server that wants a certificate, and answers with the name of the client and the name that it was asked for. */
async function startMutual() {
  const server = createTlsServer(
    { ...selfSigned, requestCert: true, rejectUnauthorized: false, ca: cert },
    (socket: TLSSocket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => {
        const { subject } = socket.getPeerCertificate();
        const body = `${String(subject?.CN)} ${String(socket.servername)}`;
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
      });
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `https://127.0.0.1:${port}`, stop: () => server.close() };
}

describe('`tls`', () => {
  it('trusts an authority of the user’s own, or, for tests, every server', async () => {
    const { http } = await startHttp({ baseUrl: secure.url });
    await expect(http.get('/')).rejects.toMatchObject({ cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } });
    for (const tls of [{ ca: cert }, { ca: [Buffer.from(cert)] }, { rejectUnauthorized: false }]) {
      const { http: trusting } = await startHttp({ baseUrl: secure.url, tls });
      await expect(trusting.get('/')).resolves.toMatchObject({ data: 'fine' });
    }
  });

  it('checks the name that is written there', async () => {
    const { http } = await startHttp({ baseUrl: secure.url, tls: { ca: cert, servername: 'localhost' } });
    await expect(http.get('/')).resolves.toMatchObject({ data: 'fine' });
    const { http: other } = await startHttp({
      baseUrl: secure.url,
      tls: { ca: cert, servername: 'other.test' },
    });
    await expect(other.get('/')).rejects.toMatchObject({ cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } });
  });

  it('shows the client’s certificate to its own origin, and to no other', async () => {
    const mutual = await startMutual();
    const tls = { ca: cert, cert, key, servername: 'localhost' };
    const { http } = await startHttp({ baseUrl: mutual.url, tls });
    await expect(http.get('/')).resolves.toMatchObject({ data: 'localhost localhost' });
    const { http: foreign } = await startHttp({ baseUrl: secure.url, tls });
    secure.play(redirect(307, `${mutual.url}/`));
    await expect(foreign.get('/')).resolves.toMatchObject({ data: 'undefined false' });
    const { http: free } = await startHttp({ tls });
    await expect(free.get(mutual.url)).resolves.toMatchObject({ data: 'localhost localhost' });
    // a client without a baseUrl belongs to every origin that it asks, but to none to which it is led
    secure.play(redirect(307, `${mutual.url}/`));
    await expect(free.get(secure.url)).resolves.toMatchObject({ data: 'undefined false' });
    await expect(free.get(mutual.url)).resolves.toMatchObject({ data: 'localhost localhost' });
    mutual.stop();
  });
});

describe('`http2`', () => {
  it('shares one connection among requests that may be repeated, a slot for each of them', async () => {
    const server = await Http2Server.start();
    const { http } = await startHttp({
      baseUrl: server.url,
      tls: { ca: cert },
      http2: true,
      connections: 20,
    });
    server.holds = true;
    const calls = Array.from({ length: 30 }, (_, index) => http.get(`/${index}`));
    await eventually(() => server.waiting === 20);
    expect(server.sessions).toBe(1);
    server.release();
    await eventually(() => server.waiting === 10);
    server.release();
    await Promise.all(calls);
    expect([server.sessions, new Set(server.versions)]).toEqual([1, new Set(['2.0'])]);
    server.holds = false;
    await expect(http.post('/', { a: 1 })).resolves.toMatchObject({ data: 'POST /' });
    await stopHttp();
    await eventually(() => server.openSessions === 0);
    await server.stop();
  });

  it('does not let a request that must not be sent twice wait for the others', async () => {
    const server = await Http2Server.start();
    const { http } = await startHttp({ baseUrl: server.url, tls: { ca: cert }, http2: true });
    server.holds = true;
    const calls = [http.get('/'), http.post('/', {}), http.post('/', {}), http.get('/')];
    await eventually(() => server.waiting === 4);
    server.release();
    await Promise.all(calls);
    await stopHttp();
    await server.stop();
  });

  it('speaks HTTP/1.1 with a server that does not know it, many at once', async () => {
    const { http } = await startHttp({ baseUrl: secure.url, tls: { ca: cert }, http2: true });
    await Promise.all(Array.from({ length: 10 }, () => http.get('/')));
    await http.get('/');
    expect(secure.arrived).toHaveLength(11);
  });

  it('goes through the tunnel of a proxy', async () => {
    const server = await Http2Server.start();
    const proxy = await ProxyServer.start();
    const { http } = await startHttp({ proxy: proxy.url, tls: { ca: cert }, http2: true });
    await Promise.all([http.get(`${server.url}/a`), http.get(`${server.url}/b`)]);
    expect([server.versions, proxy.tunnels.length]).toEqual([['2.0', '2.0'], 1]);
    await stopHttp();
    await Promise.all([server.stop(), proxy.stop()]);
  });

  it('lets an attempt go that is over, and the others go on', async () => {
    const server = await Http2Server.start();
    const { http } = await startHttp({ baseUrl: server.url, tls: { ca: cert }, http2: true, connections: 2 });
    server.holds = true;
    const leaving = [new AbortController(), new AbortController()];
    const left = leaving.map(({ signal }) => http.get('/left', { signal }).catch(() => 'left'));
    leaving[0]?.abort();
    const stays = http.get('/stays');
    await eventually(() => server.waiting >= 2);
    leaving[1]?.abort();
    await expect(Promise.all(left)).resolves.toEqual(['left', 'left']);
    server.release();
    await expect(stays).resolves.toMatchObject({ data: 'released' });
    await stopHttp();
    await server.stop();
  });

  it('opens another connection for those that wait for one that stalls, once the call that began it has left', async () => {
    const server = await Http2Server.start();
    const proxy = await ProxyServer.start();
    const { http } = await startHttp({
      proxy: proxy.url,
      baseUrl: server.url,
      tls: { ca: cert },
      http2: true,
    });
    proxy.fault = stallTunnel;
    const leaving = new AbortController();
    const left = http.get('/', { signal: leaving.signal }).catch(() => 'left');
    const waits = http.get('/waits');
    await eventually(() => proxy.tunnels.length === 1);
    proxy.fault = undefined;
    leaving.abort();
    await expect(Promise.all([left, waits])).resolves.toMatchObject(['left', { data: 'GET /waits' }]);
    expect([server.versions, proxy.tunnels.length]).toEqual([['2.0'], 2]);
    await stopHttp();
    await eventually(() => proxy.openConnections === 0);
    await Promise.all([server.stop(), proxy.stop()]);
  });

  it('ends an exchange whose connection breaks, and repeats it on another one', async () => {
    const server = await Http2Server.start();
    const { http } = await startHttp({ baseUrl: server.url, tls: { ca: cert }, http2: true });
    await http.get('/');
    server.holds = true;
    const attempts: number[] = [];
    const retry = { baseDelay: 0, budget: false as const, onRetry: () => void attempts.push(1) };
    const call = http.get('/', { retry });
    await eventually(() => server.waiting === 1);
    server.dropSessions();
    server.holds = false;
    await expect(call).resolves.toMatchObject({ data: 'GET /' });
    expect(attempts).toHaveLength(1);
    await stopHttp();
    await server.stop();
  });
});

describe('start-up refuses', () => {
  const told = async (options: HttpClientOptions) =>
    String(await startHttp(options).catch((error: unknown) => error));
  const mine: [string, HttpClientOptions][] = [
    ['connections', { connections: 1 }],
    ['maxPending', { maxPending: 1 }],
    ['keepAlive', { keepAlive: '1s' }],
    ['connectTimeout', { connectTimeout: '1s' }],
    ['http2', { http2: false }],
    ['proxy', { proxy: 'env' }],
    ['tls', { tls: {} }],
    ['maxHeaderSize', { maxHeaderSize: 1000 }],
  ];

  it.each(mine)('%s beside a transport or a dispatcher, where it would be ignored', async (name, option) => {
    const agent = new Agent();
    for (const other of [{ transport: fetchTransport() }, { dispatcher: agent }])
      expect(await told({ ...option, ...other })).toContain(`http.${name}: expected no ${name} beside a`);
    const named = await startHttp({}, { clients: { own: { ...option, transport: fetchTransport() } } }).catch(
      String,
    );
    expect(named).toContain(`clients.own.${name}`);
    await agent.close();
  });

  it.each<[string, HttpClientOptions]>([
    ['http.connections', { connections: 0 }],
    ['http.connections', { connections: Infinity }],
    ['http.maxPending', { maxPending: -1 }],
    ['http.keepAlive', { keepAlive: 'soon' }],
    ['http.connectTimeout', { connectTimeout: 0 }],
    ['http.http2', { http2: 'yes' as never }],
    ['http.maxHeaderSize', { maxHeaderSize: 0.5 }],
    ['http.tls.ca', { tls: { ca: 7 as never } }],
    ['http.tls.key', { tls: { cert } }],
    ['http.tls.cert', { tls: { key } }],
    ['http.tls', { tls: { cert, key: 'SECRET KEY' } }],
    ['http.tls.passphrase', { tls: { cert, key, passphrase: 1234 as never } }],
    ["did you mean 'servername'", { tls: { serverName: 'x' } as never }],
  ])('%s that is wrong, without showing a secret', async (path, options) => {
    const message = await told(options);
    expect(message).toContain(path);
    expect(message).not.toMatch(/SECRET|1234|BEGIN/);
  });
});
