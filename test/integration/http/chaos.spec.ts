import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  createResilientFetch,
  TimeoutException,
  UpstreamConnectionException,
  UpstreamHttpException,
} from 'nestjs-breakwater';
import type { Fault, HttpClientOptions, ResilienceModuleOptions } from 'nestjs-breakwater';
import { chaos, isInjected, ResilienceChaos } from 'nestjs-breakwater/chaos';
import { recordEvents, withChaos } from 'nestjs-breakwater/testing';
import { startHttp, stopHttp } from '../../support/http-application.js';

let arrived: string[] = [];
const server = createServer((request: IncomingMessage, response: ServerResponse) => {
  arrived.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`.trim());
  if (request.url === '/moved') response.writeHead(302, { location: '/there' }).end();
  else response.writeHead(200, { 'content-type': 'application/json' }).end('{"from":"the server"}');
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
beforeEach(() => void (arrived = []));
afterEach(stopHttp);
afterAll(() => new Promise((resolve) => server.close(resolve)));

const start = async (
  faults: readonly Fault[],
  client: HttpClientOptions = {},
  options: ResilienceModuleOptions = {},
) => {
  const started = await startHttp(
    { baseUrl, chaos: { faults }, ...client },
    { chaos: chaos({ enabled: true }), ...options },
  );
  return { ...started, events: recordEvents(started.module) };
};
const errorOf = (run: Promise<unknown>) => run.catch((error: unknown) => error);
const once = { retry: { maxRetries: 0 } } as const;
/** Chance that meets the first draw, and no other. */
const firstOnly = () => {
  let draws = 0;
  return () => (draws++ === 0 ? 0 : 0.999);
};

describe('chaos in front of a transport', () => {
  it('is an answer of the upstream where the fault has a status, and nothing is sent', async () => {
    const { http } = await start(
      [{ kind: 'error', error: { status: 503, headers: { 'Retry-After': 2, 'X-Cause': 'drill' } } }],
      once,
    );
    const error = (await errorOf(http.get('/'))) as UpstreamHttpException;
    expect(error).toBeInstanceOf(UpstreamHttpException);
    expect(error).toMatchObject({ upstreamStatus: 503, retryAfter: 2000, url: `${baseUrl}/` });
    expect(error.upstreamHeaders).toEqual({ 'retry-after': '2', 'x-cause': 'drill' });
    expect([isInjected(error), arrived]).toEqual([true, []]);
  });

  it('is an answer that validateStatus may accept', async () => {
    const { http } = await start([{ kind: 'error', error: 404 }], { validateStatus: () => true });
    await expect(http.get('/')).resolves.toMatchObject({ status: 404, data: undefined, attempts: 1 });
  });

  it('is a failed connection where the fault has a code', async () => {
    const { http } = await start([{ kind: 'error', error: 'ECONNRESET' }], once);
    const error = (await errorOf(http.get('/'))) as UpstreamConnectionException;
    expect(error).toBeInstanceOf(UpstreamConnectionException);
    expect(error.cause).toMatchObject({ code: 'ECONNRESET', syscall: 'read' });
    expect([isInjected(error), isInjected(error.cause), arrived]).toEqual([true, true, []]);
  });

  it('opens the circuit of its origin, and is gone with the next attempt', async () => {
    const { http, events } = await start(
      [{ kind: 'error', error: 503, rate: 0.5 }],
      {},
      { random: firstOnly() },
    );
    await expect(http.get('/')).resolves.toMatchObject({ data: { from: 'the server' }, attempts: 2 });
    expect(events.filter(({ type }) => type === 'chaos.injected')).toMatchObject([
      { name: 'http', key: baseUrl, kind: 'error', attempt: 1 },
    ]);
    expect(arrived).toEqual(['GET /']);
  });

  it.each<[method: 'POST' | 'GET', error: string | number, attempts: number]>([
    ['POST', 'ECONNRESET', 1],
    ['POST', 503, 1],
    // the upstream has received nothing
    ['POST', 'ECONNREFUSED', 3],
    ['POST', 'ENOTFOUND', 3],
    ['GET', 'ECONNRESET', 3],
    ['GET', 503, 3],
  ])('is repeated as the real failure would be: %s after %s', async (method, error, attempts) => {
    const { http, events } = await start([{ kind: 'error', error }], {
      retry: { maxRetries: 2, baseDelay: 1, budget: false },
    });
    await errorOf(http.request({ method, url: '/' }));
    expect(events.filter(({ type }) => type === 'chaos.injected')).toHaveLength(attempts);
  });

  it('gives a result as the body of an answer', async () => {
    const resultOf = async (result: () => unknown, client: HttpClientOptions = {}) => {
      const { http } = await start([{ kind: 'result', result }], client);
      const { status, data } = await http.get('/');
      return [status, data];
    };
    expect(await resultOf(() => ({ rates: [1, 2] }))).toEqual([200, { rates: [1, 2] }]);
    expect(await resultOf(() => Promise.resolve('text'))).toEqual([200, 'text']);
    expect(await resultOf(() => undefined)).toEqual([200, undefined]);
    expect(await resultOf(() => ({ a: 1 }), { responseType: 'text' })).toEqual([200, '{"a":1}']);
    expect(await resultOf(() => Buffer.from('raw'), { responseType: 'buffer' })).toEqual([
      200,
      Buffer.from('raw'),
    ]);
    expect(arrived).toEqual([]);
  });

  it('is an answer for the fetch, with its body to read', async () => {
    const { http, module } = await start([{ kind: 'error', error: 418 }], once);
    const answer = await createResilientFetch(http)(`${baseUrl}/`);
    expect([answer.status, await answer.text()]).toEqual([418, '']);
    module
      .get(ResilienceChaos)
      .start({ name: 'http', faults: [{ kind: 'result', result: () => ({ a: 1 }) }] });
    const other = await createResilientFetch(http)(`${baseUrl}/`);
    expect([other.status, await other.json()]).toEqual([200, { a: 1 }]);
  });

  it('renews the token that an injected 401 refuses, and sends the repetition', async () => {
    let tokens = 0;
    const auth = () => `token-${++tokens}`;
    const { http } = await start([{ kind: 'error', error: 401 }], {
      auth: { token: auth },
    });
    await expect(http.get('/')).resolves.toMatchObject({ data: { from: 'the server' } });
    expect(arrived).toEqual(['GET / Bearer token-2']);
  });

  it('asks once per attempt, and not for its redirects', async () => {
    const { http, events } = await start([{ kind: 'latency', delay: 1 }]);
    await expect(http.get('/moved')).resolves.toMatchObject({ url: `${baseUrl}/there` });
    expect(events.filter(({ type }) => type === 'chaos.injected')).toHaveLength(1);
    expect(arrived).toEqual(['GET /moved', 'GET /there']);
  });

  it('hangs before anything is sent, until the time limit of the attempt', async () => {
    const { http } = await start([{ kind: 'hang' }], { ...once, timeout: { attempt: 20 } });
    await expect(http.get('/')).rejects.toBeInstanceOf(TimeoutException);
    expect(arrived).toEqual([]);
  });

  it('is told to onResponse like any answer', async () => {
    const seen: number[] = [];
    const { http } = await start([{ kind: 'error', error: 503 }], {
      ...once,
      onResponse: ({ status }) => void seen.push(status),
    });
    expect(isInjected(await errorOf(http.get('/')))).toBe(true);
    expect(seen).toEqual([503]);
  });

  it('is not in what has failed for real', async () => {
    const { http } = await start([{ kind: 'latency', delay: 1 }], { ...once, baseUrl: 'http://127.0.0.1:1' });
    const error = await errorOf(http.get('/'));
    expect([(error as Error).name, isInjected(error)]).toEqual(['UpstreamConnectionException', false]);
  });

  it('meets a named client, a client by its policy, and the overrides of a request', async () => {
    const { http, module } = await startHttp(
      { baseUrl, policy: 'upstream' },
      { policies: { upstream: { retry: false } } },
    );
    const faults = [{ kind: 'error', error: 410 }] as const;
    const statusOf = (run: Promise<unknown>) =>
      run.catch((error: UpstreamHttpException) => error.upstreamStatus);
    const get = (options?: object) => statusOf(http.get('/', options));
    expect(await withChaos(module, { upstream: faults }, () => get())).toBe(410);
    expect(await withChaos(module, { http: faults }, () => get({ retry: { maxRetries: 0 } }))).toBe(410);
    expect(await withChaos(module, { other: faults }, () => get())).toMatchObject({ status: 200 });
    expect(await get({ retry: { maxRetries: 0 } })).toMatchObject({ status: 200 });
  });
});

describe('chaos behind a cache and in front of endpoints', () => {
  it('meets what a cache asks for, and stale answers stand in for it', async () => {
    const { http, module } = await startHttp({ baseUrl, cache: { ttl: '1m', staleIfError: '1h' }, ...once });
    const faults = [{ kind: 'error', error: 503 }] as const;
    await withChaos(module, { http: faults }, async () => {
      expect(isInjected(await errorOf(http.get('/')))).toBe(true);
    });
    await http.get('/');
    // a hit asks nothing inside
    await withChaos(module, { http: faults }, () => http.get('/'));
    expect(arrived).toEqual(['GET /']);
  });

  it('moves on to the next endpoint where the connection never came about', async () => {
    const { http, module } = await startHttp(
      { endpoints: ['http://127.0.0.1:1', baseUrl], ...once },
      { random: firstOnly() },
    );
    const events = recordEvents(module);
    const faults = [{ kind: 'error', error: 'ECONNREFUSED', rate: 0.5 }] as const;
    const result = await withChaos(module, { http: faults }, () => http.get('/'));
    expect(result.url).toBe(`${baseUrl}/`);
    expect(events.filter(({ type }) => type === 'chaos.injected').every(({ key }) => key !== undefined)).toBe(
      true,
    );
  });
});
