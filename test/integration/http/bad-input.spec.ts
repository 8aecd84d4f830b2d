import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import axios from 'axios';
import { Agent } from 'undici';
import { inspect } from 'node:util';
import {
  axiosTransport,
  fetchTransport,
  InvalidRequestException,
  ResilienceEvents,
  ResilienceModule,
} from 'nestjs-breakwater';
import type { HttpTransport } from 'nestjs-breakwater';
import {
  answer,
  FaultServer,
  hang,
  redirect,
  reset,
  tooShort,
} from '../../support/fault-server/fault-server.js';
import { startHttp, stopHttp } from '../../support/http-application.js';

const upstream = await FaultServer.start();
afterAll(() => upstream.stop());
afterEach(stopHttp);

const own = (text: string) => JSON.parse(text) as never;

describe('a request is refused, and told what is wrong with it, if it has', () => {
  it.each<[string, object, string]>([
    ['headers that are a Headers', { headers: new Headers({ authorization: 'a' }) }, 'request.headers'],
    ['headers that are a Map', { headers: new Map([['authorization', 'a']]) }, 'request.headers'],
    ['a query that is URLSearchParams', { query: new URLSearchParams('a=1') }, 'request.query'],
    ['an object in the query', { query: { filter: { a: 1 } } }, 'query.filter'],
    ['a date in a list in the query', { query: { at: [new Date(0)] } }, 'query.at'],
    ['a header that an object cannot hold', { headers: own('{"__proto__":"a"}') }, 'headers."__proto__"'],
    ['the same with values', { headers: own('{"__PROTO__":["a"]}') }, 'headers."__PROTO__"'],
    ['a line break in one of several values', { headers: { 'x-a': ['b', 'c\r\nd: e'] } }, 'headers.x-a'],
    ['a line break in its method', { method: 'GET / HTTP/1.1\r\nx: y\r\n' }, 'method'],
    ['a method that asks for a tunnel', { method: 'connect' }, 'method'],
    ['a line break in its key', { idempotencyKey: 'a\r\nb: c' }, 'request.idempotencyKey'],
    ['a signal that is none', { signal: {} }, 'request.signal'],
    ['a client’s option', { rateLimit: 'server' }, 'request.rateLimit'],
    ['an option of axios', { params: {} }, 'request.params'],
    ['a size as a text', { maxResponseBytes: '10mb' }, 'request.maxResponseBytes'],
    ['a mistyped option of a strategy', { retry: { retires: 1 } }, 'request.retry.retires'],
    ['the name of something that every object has', { policy: 'toString' }, 'request.policy'],
    ['two bodies', { method: 'POST', body: {}, json: {} }, 'json'],
    ['a body on TRACE', { method: 'TRACE', body: 'a' }, 'body'],
  ])('%s', async (_name, request, where) => {
    const { http } = await startHttp({ baseUrl: upstream.url });
    upstream.play(answer(200));
    const refused = http.request({ url: '/', ...request });
    await expect(refused).rejects.toBeInstanceOf(InvalidRequestException);
    await expect(refused).rejects.toThrow(
      `Nothing was sent: ${where}: expected`.replace(/(json|body): expected$/, '$1'),
    );
    expect(upstream.arrived).toHaveLength(0);
  });
});

describe('credentials are not shown of', () => {
  it.each([
    'user:secret@host/path',
    'http:/user:secret@bad host/',
    'http://user:sec?ret@host/',
    'http://user:secret@',
    'ftp://user:secret@host/',
  ])('a URL that cannot be asked: %s', async (url) => {
    const { http } = await startHttp();
    const refused: unknown = await http.get(url).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(InvalidRequestException);
    expect(String(refused)).not.toMatch(/secret|sec\?|ret@/);
  });

  it('a base URL, of a request or a client', async () => {
    const baseUrl = 'ftp://user:secret@host/';
    const { http } = await startHttp();
    await expect(http.get('/', { baseUrl })).rejects.toThrow(/request\.baseUrl: (?!.*secret)/);
    const starting = Test.createTestingModule({
      imports: [
        ResilienceModule.forRoot({ http: { baseUrl }, clients: { a: { baseUrl: new URL(baseUrl) } } }),
      ],
    }).compile();
    await expect(starting).rejects.toThrow('ftp://host/');
    await expect(starting).rejects.not.toThrow('secret');
    await expect(starting).rejects.toMatchObject({
      problems: [{ got: 'ftp://host/' }, { got: 'ftp://host/' }],
    });
  });

  it('a base URL that is used: they are sent, and nothing tells them', async () => {
    const baseUrl = upstream.url.replace('//', '//user:secret@');
    const { http, circuits } = await startHttp({ baseUrl, retry: false });
    upstream.play(answer(404), answer(200));
    const error: unknown = await http.get('/path?token=secret').catch((thrown: unknown) => thrown);
    const result = await http.get('/path?token=secret');
    expect(upstream.arrived[0]?.headers['authorization']).toBe(`Basic ${btoa('user:secret')}`);
    const told = [
      String(error),
      JSON.stringify(error),
      JSON.stringify(result),
      JSON.stringify(circuits.snapshot()),
    ];
    expect(told.join('\n')).not.toContain('secret');
  });
});

it('a dispatcher beside a transport is refused at start-up: one of them would be ignored', async () => {
  const http = { transport: fetchTransport(), dispatcher: new Agent() };
  await expect(startHttp(http)).rejects.toMatchObject({
    problems: [{ path: 'http.dispatcher', got: 'both' }],
  });
  await http.dispatcher.close();
});

it.each<[string, () => HttpTransport | undefined]>([
  ['undici', () => undefined],
  ['axios', () => axiosTransport(axios.create())],
  ['fetch', () => fetchTransport()],
])('no secret is written with an error over %s', async (_name, transport) => {
  const baseUrl = `${upstream.url.replace('//', '//user:s3cret@')}/?k=s3cret`;
  const retry = { maxRetries: 1, baseDelay: 0 };
  const { http, module } = await startHttp({
    baseUrl,
    retry,
    transport: transport(),
    timeout: { attempt: 200 },
  });
  const events: unknown[] = [];
  module
    .get(ResilienceEvents)
    .asObservable()
    .subscribe((event) => events.push(event));
  for (const behaviour of [answer(404), reset, hang, tooShort, redirect(302, '/?t=s3cret')]) {
    upstream.play(behaviour);
    const headers = { 'x-api-key': 's3cret' };
    const error: unknown = await http.get('/p?q=s3cret', { headers }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(`${String(error)} ${JSON.stringify(error)} ${inspect(error, { depth: 8 })}`).not.toContain(
      's3cret',
    );
  }
  expect(inspect(events, { depth: 8 })).not.toContain('s3cret');
  expect(events.length).toBeGreaterThan(0);
});

describe('a URL', () => {
  it.each([
    ['/v1', '/x??a=1', '/v1/x??a=1'],
    ['/v1?k=1', 'x?q=2#part', '/v1/x?k=1&q=2'],
    ['/v1/?k=1#part', '', '/v1/?k=1'],
    ['/v1', '\\\\host\\x', '/v1/host/x'],
    ['/v1//', '///x/', '/v1/x/'],
    ['/v1', '/x\r\nhost: evil', '/v1/xhost:%20evil'],
    ['', 'http:path', '/http:path'],
  ])('is joined: %j and %j', async (base, url, path) => {
    const { http } = await startHttp({ baseUrl: upstream.url + base });
    upstream.play(answer(200));
    await http.get(url);
    expect(upstream.arrived).toMatchObject([{ path }]);
  });

  it('has the query of the base and its own as they are, then those of the client and the request, which wins', async () => {
    const { http } = await startHttp({ baseUrl: `${upstream.url}/?a=0&b=0`, query: { b: 2, c: 2, d: 2 } });
    upstream.play(answer(200));
    await http.get('?a=1&e=1', { query: { c: [3, 4], d: undefined, e: [], __proto: 'p', constructor: 'c' } });
    expect(upstream.arrived[0]?.path).toBe('/?a=0&b=0&a=1&e=1&b=2&d=2&c=3&c=4&__proto=p&constructor=c');
  });
});
