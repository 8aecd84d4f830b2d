import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import {
  axiosTransport,
  fetchTransport,
  InvalidRequestException,
  ResilienceCache,
  ResilienceEvents,
} from 'nestjs-breakwater';
import type { CacheStore, HttpClientOptions, ResilienceModuleOptions } from 'nestjs-breakwater';
import { ManualClock } from 'nestjs-breakwater/testing';
import { answer, FaultServer, redirect, reset } from '../../support/fault-server/fault-server.js';
import { startHttp, stopHttp } from '../../support/http-application.js';

const upstream = await FaultServer.start();
const other = await FaultServer.start();
afterAll(() => Promise.all([upstream.stop(), other.stop()]));
afterEach(stopHttp);

async function start(http: HttpClientOptions = {}, options: ResilienceModuleOptions = {}) {
  const clock = new ManualClock();
  upstream.play((socket, request) =>
    answer(200, `${upstream.arrived.length} ${request.path}`)(socket, request),
  );
  const cached = { baseUrl: upstream.url, retry: false as const, cache: { ttl: '1m' as const }, ...http };
  const app = await startHttp(cached, { clock, ...options });
  const ends: unknown[] = [];
  app.module.get(ResilienceEvents).on('call.settled', ({ outcome, attempts, cache }) => {
    ends.push([outcome, attempts, cache]);
  });
  return { ...app, clock, ends, cache: app.module.get(ResilienceCache) };
}

const count = () => upstream.arrived.length;

describe('an answer of an HTTP client', () => {
  it('is kept for its time, and says that it was', async () => {
    const { http, clock, ends } = await start();
    const first = await http.get('/a');
    const second = await http.get('/a');
    expect(first).toMatchObject({ status: 200, data: '1 /a', attempts: 1 });
    expect(first).not.toHaveProperty('cache');
    expect(second).toMatchObject({ status: 200, data: '1 /a', url: first.url, attempts: 0, cache: 'hit' });
    await clock.advance(60_000);
    expect((await http.get('/a')).data).toBe('2 /a');
    expect(ends).toEqual([
      ['success', 1, undefined],
      ['success', 0, 'hit'],
      ['success', 1, undefined],
    ]);
  });

  it('is that of all requests for it at the same time', async () => {
    const { http } = await start();
    const results = await Promise.all([http.get('/a'), http.get('/a')]);
    expect(results).toMatchObject([
      { attempts: 1, data: '1 /a' },
      { attempts: 0, data: '1 /a', cache: 'coalesced' },
    ]);
    expect(count()).toBe(1);
  });

  it('stands in for a failure once it is stale, but not for a 404', async () => {
    const { http, clock } = await start({ cache: { ttl: '1m', staleIfError: '1h' } });
    await http.get('/a');
    await clock.advance(60_000);
    upstream.play(reset);
    expect(await http.get('/a')).toMatchObject({ data: '1 /a', attempts: 1, cache: 'stale' });
    upstream.play(answer(503));
    expect(await http.get('/a')).toMatchObject({ cache: 'stale' });
    upstream.play(answer(404));
    await expect(http.get('/a')).rejects.toMatchObject({ upstreamStatus: 404 });
  });

  it.each(['post', 'put', 'patch', 'delete', 'options'] as const)('of %s is not kept', async (method) => {
    const { http } = await start();
    await http[method]('/a');
    expect(await http[method]('/a')).toMatchObject({ attempts: 1 });
    expect(count()).toBe(2);
  });

  it.each<[string, object[]]>([
    ['a method', [{}, { method: 'HEAD' }]],
    ['a query', [{ query: { a: 1 } }, { query: { a: 2 } }]],
    ['a response type', [{}, { responseType: 'buffer' }]],
    ['accept', [{ headers: { accept: 'a/b' } }, { headers: { Accept: 'a/c' } }]],
    ['accept-language', [{ headers: { 'Accept-Language': 'de' } }, { headers: { 'accept-language': 'fr' } }]],
    [
      'authorization',
      [{ headers: { authorization: 'Bearer a' } }, { headers: { Authorization: 'Bearer b' } }],
    ],
    ['no authorization', [{ headers: { authorization: 'Bearer a' } }, {}]],
    ['a cookie', [{ headers: { cookie: 'a=1' } }, { headers: { cookie: 'a=2' } }]],
  ])('is told from another one by %s', async (_what, requests) => {
    const { http } = await start();
    for (const request of requests) await http.request({ url: '/a', ...request });
    expect(count()).toBe(2);
    for (const request of requests)
      expect(await http.request({ url: '/a', ...request })).toMatchObject({ cache: 'hit' });
  });

  it('is told from others by the credentials in the URL, which no key shows', async () => {
    const { http } = await start({ baseUrl: undefined });
    const { host } = new URL(upstream.url);
    await http.get(`http://ada:1@${host}/a`);
    expect(await http.get(`http://bob:2@${host}/a`)).toMatchObject({ attempts: 1 });
    expect(await http.get(`http://ada:1@${host}/a`)).toMatchObject({ cache: 'hit' });
  });

  it('varies by the headers that the options name, and by no others', async () => {
    const { http } = await start({ cache: { ttl: '1m', varyBy: ['X-Tenant'] } });
    await http.get('/a', { headers: { 'x-tenant': 'ada', accept: 'a/b' } });
    expect(await http.get('/a', { headers: { 'X-Tenant': 'ada', accept: 'a/c' } })).toMatchObject({
      cache: 'hit',
    });
    expect(await http.get('/a', { headers: { 'x-tenant': 'bob' } })).toMatchObject({ attempts: 1 });
  });

  it('belongs to the client whose token is renewed, and not to a request that brings its own', async () => {
    let token = 0;
    const { http, clock } = await start({
      cache: { ttl: '1h' },
      auth: { token: () => ({ token: `t${++token}`, expiresIn: '1m' }) },
    });
    await http.get('/a');
    await clock.advance(120_000);
    expect(await http.get('/a')).toMatchObject({ cache: 'hit' });
    expect(await http.get('/a', { headers: { authorization: 'Bearer own' } })).toMatchObject({ attempts: 1 });
    expect(token).toBe(1);
  });

  it('asks header functions once for its key, and sends what they have said', async () => {
    let asked = 0;
    let user = 'ada';
    const authorization = () => `${user} ${++asked}`;
    const { http } = await start({
      headers: { authorization: () => Promise.resolve(authorization().slice(0, 3)) },
    });
    expect(await http.get('/a')).toMatchObject({ attempts: 1 });
    expect([asked, upstream.arrived[0].headers.authorization]).toEqual([1, 'ada']);
    expect(await http.get('/a')).toMatchObject({ cache: 'hit' });
    user = 'bob';
    expect(await http.get('/a')).toMatchObject({ attempts: 1 });
    expect(upstream.arrived[1].headers.authorization).toBe('bob');
    expect(asked).toBe(3);
  });

  it('is not kept where a header function fails, which is the error of the call', async () => {
    const { http } = await start({
      headers: {
        authorization: () => {
          throw new TypeError('no user');
        },
      },
    });
    await expect(http.get('/a')).rejects.toThrow('no user');
    expect(count()).toBe(0);
  });

  it.each([
    ['a cookie', answer(200, 'x', { 'set-cookie': 'a=1' })],
    ['a part of the content', answer(206, 'x')],
    ['an error', answer(404)],
    ['more bytes than are kept', answer(200, 'x'.repeat(101))],
  ])('with %s is not kept', async (_what, behaviour) => {
    const { http } = await start({ cache: { ttl: '1m', maxEntryBytes: 100 } });
    upstream.play(behaviour);
    const ask = () => http.get('/a').catch(() => undefined);
    await ask();
    await ask();
    expect(count()).toBe(2);
  });

  it.each([{ range: 'bytes=0-1' }, { 'if-none-match': '"a"' }])(
    'is not that of a request for a part or under a condition: %j',
    async (headers) => {
      const { http } = await start();
      await http.get('/a', { headers });
      expect(await http.get('/a')).toMatchObject({ attempts: 1 });
      expect(await http.get('/a', { headers })).toMatchObject({ attempts: 1 });
    },
  );

  it('is not kept as a stream', async () => {
    const { http } = await start();
    const read = async () => (await http.get('/a', { responseType: 'stream' })).data.toArray();
    await read();
    await read();
    expect(count()).toBe(2);
  });

  it('leaves where all together are more than the bytes that a client keeps', async () => {
    const { http } = await start({ cache: { ttl: '1m', maxBytes: 250 } });
    upstream.play(answer(200, 'x'.repeat(100)));
    for (const path of ['/a', '/b', '/c']) await http.get(path);
    expect(await http.get('/b')).toMatchObject({ cache: 'hit' });
    expect(await http.get('/a')).toMatchObject({ attempts: 1 });
  });

  it('is kept under the URL that was asked for, wherever a redirect leads', async () => {
    const { http } = await start({ headers: { authorization: 'Bearer ada' } });
    other.play(answer(200, 'elsewhere'));
    upstream.playAt('/a', redirect(302, `${other.url}/b`));
    expect(await http.get('/a')).toMatchObject({ data: 'elsewhere' });
    expect(other.arrived[0].headers.authorization).toBeUndefined();
    expect(await http.get('/a')).toMatchObject({ data: 'elsewhere', cache: 'hit', url: `${other.url}/b` });
    expect(await http.get('/b')).toMatchObject({ attempts: 1 });
    expect(await http.get('/a', { headers: { authorization: 'Bearer bob' } })).toMatchObject({ attempts: 1 });
  });

  it('may be asked for by one request alone, or left out by one', async () => {
    const { http } = await start({ cache: false });
    const cache = { ttl: '1m' as const };
    await http.get('/a', { cache });
    expect(await http.get('/a', { cache })).toMatchObject({ cache: 'hit' });
    expect(await http.get('/a')).toMatchObject({ attempts: 1 });
    const kept = await start();
    await kept.http.get('/a');
    expect(await kept.http.get('/a', { cache: false })).toMatchObject({ attempts: 1 });
    expect(await kept.http.get('/a', { cache: { ttl: '1h' } })).toMatchObject({ cache: 'hit' });
  });

  it('leaves with its URL, in all its variants', async () => {
    const { http, cache } = await start();
    const german = { headers: { 'accept-language': 'de' } };
    const ask = async () => [await http.get('/a'), await http.get('/a', german), await http.get('/ab')];
    await ask();
    await cache.delete('http', `${upstream.url}/a`);
    expect(await ask()).toMatchObject([{ attempts: 1 }, { attempts: 1 }, { cache: 'hit' }]);
    await cache.delete('http', '/ab');
    await cache.clear('http');
    expect(await ask()).toMatchObject([{ attempts: 1 }, { attempts: 1 }, { attempts: 1 }]);
  });

  it('is written to a store and read again, bytes too', async () => {
    const data = new Map<string, string>();
    const store: CacheStore = {
      get: (key) => JSON.parse(data.get(key) ?? 'null') as unknown,
      set: (key, value) => data.set(key, JSON.stringify(value)),
      delete: (key) => data.delete(key),
    };
    const { http, cache } = await start({}, { cache: { store } });
    for (const responseType of ['json', 'buffer'] as const) {
      const first = await http.get('/a', { responseType });
      expect(await http.get('/a', { responseType })).toEqual({ ...first, attempts: 0, cache: 'hit' });
    }
    expect([...data.keys()]).toEqual([
      expect.stringMatching(/^bw:cache:http:[0-9a-f]{64}$/),
      expect.anything(),
    ]);
    await cache.delete('http', '/a');
    expect(data.size).toBe(0);
    data.set([...data.keys()][0] ?? 'x', '{"value":{"status":"200"},"storedAt":1,"expires":2}');
    expect(await http.get('/a')).toMatchObject({ attempts: 1 });
  });
});

describe('what a client adds by itself', () => {
  const adding: [string, HttpClientOptions][] = [
    ['onRequest', { onRequest: () => undefined }],
    ['axiosTransport', { transport: axiosTransport({ request: () => Promise.reject(new Error('x')) }) }],
    ['fetchTransport', { transport: fetchTransport() }],
  ];

  it.each(adding)('needs a key: %s', async (_what, http) => {
    await expect(startHttp({ cache: { ttl: '1m' }, ...http })).rejects.toThrow(
      'http.cache.key: expected a function that makes a key, as what',
    );
    await expect(startHttp({ coalesce: {}, ...http })).rejects.toThrow('http.coalesce.key');
  });

  it('needs a key of a request that asks for it', async () => {
    const { http } = await start({ cache: false, onRequest: () => undefined });
    const asking = http.get('/a', { cache: { ttl: '1m' } });
    await expect(asking).rejects.toThrow(InvalidRequestException);
    await expect(asking).rejects.toThrow('request.cache.key');
    expect(count()).toBe(0);
  });

  it('is in the key that a function makes', async () => {
    let user = 'ada';
    const { http, cache } = await start({
      onRequest: ({ headers }) => void (headers['x-user'] = user),
      cache: { ttl: '1m', key: ({ url }) => [user, url.pathname] },
    });
    await http.get('/a');
    user = 'bob';
    expect(await http.get('/a')).toMatchObject({ attempts: 1 });
    user = 'ada';
    expect(await http.get('/a')).toMatchObject({ cache: 'hit' });
    await cache.delete('http', ['ada', '/a']);
    expect(await http.get('/a')).toMatchObject({ attempts: 1 });
  });

  it('shares runs without keeping anything', async () => {
    const { http } = await start({ cache: false, coalesce: {} });
    expect(await Promise.all([http.get('/a'), http.get('/a')])).toMatchObject([
      { attempts: 1 },
      { cache: 'coalesced' },
    ]);
    expect(await http.get('/a')).toMatchObject({ attempts: 1 });
    await Promise.all([http.post('/a'), http.post('/a')]);
    expect(count()).toBe(4);
  });
});
