import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { TlsOptions } from 'node:tls';
import axios from 'axios';
import { Agent, ProxyAgent } from 'undici';
import {
  axiosTransport,
  classifyFailure,
  fetchTransport,
  UpstreamConnectionException,
} from 'nestjs-breakwater';
import type { HttpClientOptions } from 'nestjs-breakwater';
import { answer, FaultServer } from '../../support/fault-server/fault-server.js';
import type { Behaviour } from '../../support/fault-server/fault-server.js';
import { selfSigned } from '../../support/fault-server/self-signed.js';
import { startHttp, stopHttp } from '../../support/http-application.js';

const servers = new Set<Server>();
/** Connections that were opened to any of the servers. */
let connections = 0;

async function listen(server: Server): Promise<number> {
  servers.add(server);
  server.on('connection', (socket) => {
    connections++;
    socket.on('error', () => undefined);
  });
  server.on('tlsClientError', () => undefined);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

let upstream: FaultServer;
beforeAll(async () => {
  upstream = await FaultServer.start();
});
afterEach(async () => {
  await stopHttp();
  for (const server of servers) server.close();
  servers.clear();
  connections = 0;
});
afterAll(() => upstream.stop());

const tlsServer = async (options: TlsOptions): Promise<string> =>
  `https://127.0.0.1:${await listen(createTlsServer({ ...selfSigned, ...options }, (socket) => socket.end()))}`;

/** A server that writes this to whoever says hello in TLS. */
const speaking = async (bytes: string | Buffer): Promise<string> =>
  `https://127.0.0.1:${await listen(createServer((socket) => socket.on('data', () => socket.end(bytes))))}`;

/** A TLS alert: fatal, and its description. */
const alert = (description: number) => Buffer.from([21, 3, 3, 0, 2, 2, description]);

const trusting = { connect: { ca: selfSigned.cert } };

const transports: [string, () => HttpClientOptions][] = [
  ['undici', () => ({})],
  ['fetch', () => ({ transport: fetchTransport() })],
  ['axios', () => ({ transport: axiosTransport(axios.create()) })],
];

async function failsOnce(options: HttpClientOptions, url: string): Promise<unknown> {
  const { http, circuits } = await startHttp({ circuitBreaker: { failureThreshold: 1 }, ...options });
  const error: unknown = await http.get(url).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UpstreamConnectionException);
  expect(classifyFailure(error)).toBe('permanent');
  expect([...circuits].map(({ state, metrics }) => [state, metrics.failures])).toEqual([['closed', 0]]);
  return error;
}

describe.each(transports)(
  'over %s, a handshake that will fail the same way again is not repeated',
  (_name, options) => {
    it.each<[string, () => Promise<string>]>([
      ['an answer in plain text', () => speaking('HTTP/1.1 400 Bad Request\r\n\r\n')],
      ['another protocol', () => speaking('220 mail.example.com ESMTP\r\n')],
      ['the alert handshake_failure', () => speaking(alert(40))],
      ['the alert protocol_version', () => speaking(alert(70))],
      ['the alert unrecognized_name', () => speaking(alert(112))],
      ['the alert internal_error', () => speaking(alert(80))],
      [
        'a version that is too old',
        () => tlsServer({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
      ],
      ['a certificate that nobody trusts', () => tlsServer({})],
    ])('%s', async (_kind, open) => {
      await failsOnce(options(), await open());
      expect(connections).toBe(1);
    });
  },
);

describe('over a dispatcher', () => {
  it('a certificate of another host is not tried again', async () => {
    const port = new URL(await tlsServer({})).port;
    const connect = { ...trusting.connect, servername: 'elsewhere.example.com' };
    const error = await failsOnce({ dispatcher: new Agent({ connect }) }, `https://127.0.0.1:${port}`);
    expect(error).toMatchObject({ cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } });
    expect(connections).toBe(1);
  });

  it('a server that wants a certificate is not tried again', async () => {
    // with TLS 1.3 undici ends a connection before it reads the alert, and says only that the other side has closed it
    const options: TlsOptions = { maxVersion: 'TLSv1.2', requestCert: true, ca: selfSigned.cert };
    const url = await tlsServer({ ...options, rejectUnauthorized: true });
    await failsOnce({ dispatcher: new Agent(trusting) }, url);
    expect(connections).toBe(1);
  });
});

describe.each(transports)('over %s, headers that are too large', (_name, options) => {
  it.each<[string, Behaviour]>([
    ['one', answer(200, 'ok', { 'x-large': 'a'.repeat(40_000) })],
    [
      'many',
      answer(
        200,
        'ok',
        Object.fromEntries(Array.from({ length: 900 }, (_, at) => [`x-${at}`, 'a'.repeat(60)])),
      ),
    ],
  ])('are not asked for again: %s', async (_kind, behaviour) => {
    upstream.play(behaviour);
    await failsOnce(options(), upstream.url);
    expect(upstream.arrived).toHaveLength(1);
  });
});

describe('a proxy that refuses the tunnel', () => {
  const proxy = async (status: number): Promise<HttpClientOptions> => {
    const port = await listen(
      createServer((socket) =>
        socket.on('data', () => socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`)),
      ),
    );
    return { dispatcher: new ProxyAgent(`http://127.0.0.1:${port}`) };
  };

  it('with 407 is not asked again, and is no failure of the upstream', async () => {
    await failsOnce(await proxy(407), 'https://upstream.example.com');
    expect(connections).toBe(1);
  });

  it.each([502, 503, 504])('with %d is asked again, and counts', async (status) => {
    const options = {
      ...(await proxy(status)),
      retry: { maxRetries: 2, baseDelay: 1, budget: false as const },
    };
    const { http, circuits } = await startHttp(options);
    const error: unknown = await http.get('https://upstream.example.com').catch((reason: unknown) => reason);
    expect(classifyFailure(error)).toBe('transient');
    expect([...circuits].map(({ metrics }) => metrics.failures)).toEqual([3]);
    expect(connections).toBe(3);
  });
});

describe('a TLS connection that is dropped', () => {
  it('in the handshake is tried again', async () => {
    const port = await listen(createServer((socket) => socket.on('data', () => socket.destroy())));
    const { http } = await startHttp({ retry: { maxRetries: 2, baseDelay: 1, budget: false } });
    const error: unknown = await http.get(`https://127.0.0.1:${port}`).catch((reason: unknown) => reason);
    expect(classifyFailure(error)).toBe('transient');
    expect(connections).toBe(3);
  });
});
