import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ProxyAgent } from 'undici';
import { classifyFailure, UpstreamConnectionException, TimeoutException } from 'nestjs-breakwater';
import type { HttpClientOptions } from 'nestjs-breakwater';
import { ManualClock } from 'nestjs-breakwater/testing';
import { answer, echo, FaultServer } from '../../support/fault-server/fault-server.js';
import { selfSigned } from '../../support/fault-server/self-signed.js';
import { eventually, startHttp, stopHttp } from '../../support/http-application.js';
import { dropTunnel, mumble, ProxyServer, refuseTunnel, stallTunnel } from '../../support/proxy-server.js';

const tls = { ca: selfSigned.cert };
const VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY'];
const plain = await FaultServer.start();
const secure = await FaultServer.startTls();
const before = { ...process.env };
let proxy: ProxyServer;

beforeEach(async () => {
  proxy = await ProxyServer.start();
  for (const server of [plain, secure]) server.play(echo);
  for (const name of VARIABLES) for (const one of [name, name.toLowerCase()]) delete process.env[one];
});
afterEach(async () => {
  await stopHttp();
  await proxy.stop();
  process.env = { ...before };
});
afterAll(() => Promise.all([plain.stop(), secure.stop()]));

/** The same proxy, with credentials. */
const withCredentials = () => proxy.url.replace('//', '//us%C3%A9r:s%40cret@');

describe('a client with a proxy', () => {
  it('reaches https through a tunnel, over one connection', async () => {
    const { http } = await startHttp({ proxy: proxy.url, tls });
    await expect(http.get(`${secure.url}/item?q=1`)).resolves.toMatchObject({ data: { path: '/item?q=1' } });
    await http.post(`${secure.url}/item`, { a: 1 });
    expect(proxy.tunnels).toEqual([new URL(secure.url).host]);
    expect(secure.arrived[1]).toMatchObject({ method: 'POST', body: '{"a":1}' });
  });

  it('sends http to the proxy, with the whole URL and the host of the upstream', async () => {
    const { http } = await startHttp({ proxy: new URL(proxy.url) });
    await http.post(`${plain.url}/item?q=1`, { a: 1 });
    expect(proxy.forwarded).toEqual([`${plain.url}/item?q=1`]);
    expect(plain.arrived).toMatchObject([
      { path: '/item?q=1', body: '{"a":1}', headers: { host: new URL(plain.url).host } },
    ]);
  });

  it('shows its credentials to the proxy alone', async () => {
    const { http } = await startHttp({ proxy: withCredentials(), tls });
    await http.get(plain.url);
    await http.get(secure.url);
    const basic = `Basic ${Buffer.from('usér:s@cret').toString('base64')}`;
    expect(proxy.credentials).toEqual([basic, basic]);
    for (const { arrived } of [plain, secure])
      expect(arrived[0]?.headers).not.toHaveProperty('proxy-authorization');
  });

  it('speaks TLS with a proxy that wants it', async () => {
    const guarded = await ProxyServer.startTls();
    const { http } = await startHttp({ proxy: guarded.url, tls });
    await http.get(secure.url);
    await http.get(plain.url);
    expect([guarded.tunnels.length, guarded.forwarded.length]).toEqual([1, 1]);
    await stopHttp();
    await guarded.stop();
  });

  it('leaves no connection behind when the application closes', async () => {
    const { http, module } = await startHttp({ proxy: proxy.url, tls });
    await Promise.all([http.get(secure.url), http.get(plain.url)]);
    proxy.fault = stallTunnel;
    const stalled = http.get('https://api.test/').catch(() => undefined);
    await eventually(() => proxy.tunnels.length === 2);
    await module.close();
    await stalled;
    await eventually(() => proxy.openConnections === 0);
  });

  it('passes over informational answers to CONNECT', async () => {
    proxy.fault = (socket) => {
      socket.write('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n');
      proxy.fault = undefined;
      proxy.open(`127.0.0.1:${new URL(secure.url).port}`, socket);
    };
    const { http } = await startHttp({ proxy: proxy.url, tls });
    await expect(http.get(secure.url)).resolves.toMatchObject({ status: 200 });
    expect(proxy.tunnels).toHaveLength(1);
  });

  it('reads what comes with the answer to CONNECT as the upstream’s: one that speaks no TLS is not asked again', async () => {
    proxy.fault = (socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\nSSH-2.0-OpenSSH_9.7\r\n');
    const { http, circuits } = await startHttp({ proxy: proxy.url, retry: { maxRetries: 2, baseDelay: 0 } });
    const error: unknown = await http.get('https://api.test/').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UpstreamConnectionException);
    expect([classifyFailure(error), proxy.tunnels.length]).toEqual(['permanent', 1]);
    expect(circuits.get('http[https://api.test]')?.metrics.failures).toBe(0);
  });

  it('has no proxy with `false`, and refuses at start-up what is none', async () => {
    process.env.HTTP_PROXY = proxy.url;
    const { http } = await startHttp({ proxy: false });
    await http.get(plain.url);
    expect(proxy.forwarded).toEqual([]);
    for (const wrong of ['socks5://me:secret@localhost:1', 'proxy.corp:3128', true, ''])
      await expect(startHttp({ proxy: wrong as string })).rejects.toThrow(
        /http\.proxy: expected 'env', an http or https URL of a proxy, or false, got '?(socks5:\/\/localhost:1|proxy\.corp:3128|true|)/,
      );
  });
});

describe('a proxy that does not open the tunnel', () => {
  const start = (options: HttpClientOptions = {}) =>
    startHttp({
      proxy: withCredentials(),
      retry: { maxRetries: 2, baseDelay: 0, budget: false },
      ...options,
    });

  it.each([
    ['502', refuseTunnel(502), 'transient', 1],
    ['503', refuseTunnel(503), 'transient', 1],
    ['504', refuseTunnel(504), 'transient', 1],
    ['407', refuseTunnel(407), 'permanent', 0],
    ['403', refuseTunnel(403), 'permanent', 0],
    ['nothing, and closes', dropTunnel, 'transient', 1],
  ] as const)('but answers %s: the error names it and is %s', async (_name, fault, kind, counts) => {
    proxy.fault = fault;
    const { http, circuits } = await start();
    const error: unknown = await http.post('https://api.test/', {}).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'RESILIENCE_UPSTREAM_CONNECTION' });
    expect(String(error)).toContain(`proxy ${proxy.url}`);
    expect(String(error)).not.toMatch(/cret/);
    const attempts = kind === 'transient' ? 3 : 1;
    expect([classifyFailure(error), proxy.tunnels.length]).toEqual([kind, attempts]);
    const { failures } = circuits.get('http[https://api.test]')?.metrics ?? {};
    expect(failures).toBe(counts * attempts);
  });

  it('but is no proxy at all: the error says so', async () => {
    proxy.fault = mumble;
    const { http } = await start({ retry: false });
    await expect(http.get('https://api.test/')).rejects.toThrow(/gave no HTTP answer/);
  });

  it('because it is not there: a POST is repeated', async () => {
    const gone = await ProxyServer.start();
    const { url: nowhere } = gone;
    await gone.stop();
    const seen: number[] = [];
    const { http } = await startHttp({
      proxy: nowhere,
      retry: {
        maxRetries: 2,
        baseDelay: 0,
        budget: false,
        onRetry: ({ attempt }) => void seen.push(attempt),
      },
    });
    for (const url of ['https://api.test/', 'http://api.test/'])
      await expect(http.post(url, {})).rejects.toThrow(`through the proxy ${nowhere}: connect ECONNREFUSED`);
    expect(seen).toEqual([2, 3, 2, 3]);
  });

  it('but stalls: `connectTimeout` ends it, and a POST is repeated', async () => {
    proxy.fault = stallTunnel;
    const clock = new ManualClock();
    const retry = { maxRetries: 1, baseDelay: 0, budget: false as const };
    const { http } = await startHttp({ proxy: proxy.url, connectTimeout: 200, retry }, { clock });
    const ended = expect(http.post('https://api.test/', {})).rejects.toThrow(
      `No connection to https://api.test through the proxy ${proxy.url} within 200 ms`,
    );
    for (let attempt = 1; attempt <= 2; attempt++) {
      await eventually(() => proxy.tunnels.length === attempt);
      await clock.advance(200);
    }
    await ended;
    await eventually(() => proxy.openConnections === 0);
  });

  it('but stalls: the attempt ends it, and a POST is repeated', async () => {
    proxy.fault = stallTunnel;
    const clock = new ManualClock();
    const retry = { maxRetries: 1, baseDelay: 0, budget: false as const };
    const { http } = await startHttp({ proxy: proxy.url, retry }, { clock });
    const ended = expect(http.post('https://api.test/', {})).rejects.toBeInstanceOf(TimeoutException);
    for (let attempt = 1; attempt <= 2; attempt++) {
      await eventually(() => proxy.tunnels.length === attempt);
      await clock.advance(1000);
    }
    await ended;
    await eventually(() => proxy.openConnections === 0);
  });

  it('of a dispatcher of the user: a POST is repeated, and counted each time', async () => {
    proxy.fault = refuseTunnel(503);
    const dispatcher = new ProxyAgent(proxy.url);
    const retry = { maxRetries: 2, baseDelay: 0, budget: false as const };
    const { http, circuits } = await startHttp({ dispatcher, retry });
    const error: unknown = await http.post('https://api.test/', {}).catch((thrown: unknown) => thrown);
    expect([classifyFailure(error), proxy.tunnels.length]).toEqual(['transient', 3]);
    expect(circuits.get('http[https://api.test]')?.metrics.failures).toBe(3);
    await dispatcher.destroy();
  });

  it('but forwards http and wants to know the user: 407 is permanent, and not the circuit’s affair', async () => {
    plain.play(answer(407));
    const { http, circuits } = await start();
    const error: unknown = await http.get(plain.url).catch((thrown: unknown) => thrown);
    expect([classifyFailure(error), proxy.forwarded.length]).toEqual(['permanent', 1]);
    expect(circuits.get(`http[${plain.url}]`)?.metrics.calls).toBe(0);
  });
});

describe('the environment', () => {
  const logged = () => {
    const lines: string[] = [];
    jest.spyOn(Logger.prototype, 'log').mockImplementation((line: unknown) => void lines.push(String(line)));
    jest.spyOn(Logger.prototype, 'warn').mockImplementation((line: unknown) => void lines.push(String(line)));
    return lines;
  };
  afterEach(() => void jest.restoreAllMocks());

  it('names the proxies: lower case wins, each is told once, without its credentials', async () => {
    process.env.http_proxy = withCredentials();
    process.env.HTTP_PROXY = 'http://nobody.test:1';
    process.env.HTTPS_PROXY = proxy.host;
    const lines = logged();
    const { http } = await startHttp({ tls });
    expect(lines.join()).not.toContain('proxy');
    await http.get(plain.url);
    await http.get(secure.url);
    await http.get(plain.url);
    expect(lines.filter((line) => line.includes('proxy'))).toEqual([
      `http_proxy: requests go through the proxy ${proxy.host}`,
      `HTTPS_PROXY: requests go through the proxy ${proxy.host}`,
    ]);
    expect([proxy.forwarded.length, proxy.tunnels.length]).toEqual([2, 1]);
  });

  it('is read once, with the first request', async () => {
    const { http } = await startHttp();
    process.env.HTTP_PROXY = proxy.url;
    await http.get(plain.url);
    delete process.env.HTTP_PROXY;
    await http.get(plain.url);
    expect(proxy.forwarded).toHaveLength(2);
  });

  it('does not name one in ALL_PROXY, nor for https in HTTP_PROXY, nor in a variable that is empty', async () => {
    process.env.ALL_PROXY = proxy.url;
    process.env.HTTP_PROXY = proxy.url;
    process.env.http_proxy = '';
    const { http } = await startHttp({ tls });
    await http.get(plain.url);
    await http.get(secure.url);
    expect([proxy.forwarded.length, proxy.tunnels.length]).toEqual([0, 0]);
  });

  it('is set aside, with a warning, where it names no proxy', async () => {
    process.env.HTTP_PROXY = 'socks5://me:secret@localhost:1';
    const lines = logged();
    const { http } = await startHttp();
    await http.get(plain.url);
    expect(lines.join()).toContain('HTTP_PROXY is ignored');
    expect(lines.join()).not.toContain('secret');
  });

  it('says in NO_PROXY what is reached directly', async () => {
    process.env.HTTP_PROXY = proxy.url;
    process.env.NO_PROXY = 'other.test, 127.0.0.1';
    const { http } = await startHttp();
    await http.get(plain.url);
    await http.get(plain.url.replace('127.0.0.1', 'localhost'));
    expect(proxy.forwarded).toHaveLength(1);
  });
});
