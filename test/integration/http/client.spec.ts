import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import {
  CircuitBreakerRegistry,
  CircuitOpenException,
  InvalidRequestException,
  ResilienceModule,
  ResilientHttpService,
  TimeoutException,
  UpstreamConnectionException,
  UpstreamHttpException,
  UpstreamResponseException,
} from 'nestjs-breakwater';
import type { HttpClientOptions } from 'nestjs-breakwater';
import {
  answer,
  answerJson,
  FaultServer,
  hang,
  reset,
  resetInBody,
} from '../../support/fault-server/fault-server.js';
import type { Behaviour } from '../../support/fault-server/fault-server.js';
import { eventually } from '../../support/http-application.js';

const upstream = await FaultServer.start();
let module: TestingModule | undefined;

afterAll(() => upstream.stop());
afterEach(async () => {
  await module?.close();
  module = undefined;
});

async function client(http: HttpClientOptions = {}): Promise<ResilientHttpService> {
  const quick = { retry: { baseDelay: 1, budget: false as const }, timeout: { attempt: 2000, total: 9000 } };
  module = await Test.createTestingModule({
    imports: [ResilienceModule.forRoot({ http: { baseUrl: upstream.url, ...quick, ...http } })],
  }).compile();
  await module.init();
  return module.get(ResilientHttpService);
}

const ok = answerJson(200, { fine: true });

describe('an answer', () => {
  it.each(['get', 'delete', 'options', 'post', 'put', 'patch'] as const)(
    'to %s has status, headers and data',
    async (verb) => {
      const http = await client();
      upstream.play(answerJson(200, { fine: true }, { 'x-one': '1' }));
      const result = await http[verb]('/path');
      expect(result).toMatchObject({
        status: 200,
        data: { fine: true },
        attempts: 1,
        url: `${upstream.url}/path`,
      });
      expect(result.headers['x-one']).toBe('1');
      expect(upstream.arrived[0]?.method).toBe(verb.toUpperCase());
    },
  );

  it('to head has no body', async () => {
    const http = await client();
    upstream.play(answer(200, '', { 'content-type': 'application/json', 'content-length': 17 }));
    await expect(http.head('/')).resolves.toMatchObject({ status: 200, data: undefined });
  });

  it('is parsed as its content type says, or as asked', async () => {
    const http = await client();
    upstream.play(answer(200, 'plain', { 'content-type': 'text/plain' }), ok, ok, answer(204));
    expect((await http.get('/')).data).toBe('plain');
    expect((await http.get('/', { responseType: 'text' })).data).toBe('{"fine":true}');
    expect((await http.get('/', { responseType: 'buffer' })).data).toEqual(Buffer.from('{"fine":true}'));
    expect((await http.get('/')).data).toBeUndefined();
  });

  it('that is not the JSON it says it is, or is too large, cannot be used and is not asked for again', async () => {
    const http = await client({ maxResponseBytes: 10 });
    upstream.play(answer(200, '{"half', { 'content-type': 'application/json' }));
    await expect(http.get('/')).rejects.toMatchObject({ code: 'RESILIENCE_INVALID_RESPONSE' });
    upstream.play(answer(200, 'x'.repeat(11)));
    const large = http.get('/');
    await expect(large).rejects.toBeInstanceOf(UpstreamResponseException);
    await expect(large).rejects.toMatchObject({ code: 'RESILIENCE_RESPONSE_TOO_LARGE' });
    expect(upstream.arrived).toHaveLength(1);
  });
});

describe('a request', () => {
  it.each([
    ['/items', '/base/items'],
    ['items', '/base/items'],
    ['//host/items', '/base/host/items'],
    ['', '/base'],
    ['?q=1', '/base?q=1'],
  ])('to %j goes below the base URL', async (url, path) => {
    const http = await client({ baseUrl: `${upstream.url}/base` });
    upstream.play(ok);
    await http.get(url);
    expect(upstream.arrived[0]?.path).toBe(path);
  });

  it('merges query and headers, and sends credentials of the URL as a header only', async () => {
    const http = await client({ query: { a: 1, b: 2 }, headers: { 'X-A': 'client', 'X-B': 'client' } });
    upstream.play(ok);
    const url = upstream.url.replace('http://', 'http://user:pa%20ss@');
    const result = await http.get(`${url}/?b=0`, {
      query: { b: [3, 4], c: undefined },
      headers: { 'x-b': 'request' },
    });
    expect(upstream.arrived[0]).toMatchObject({
      path: '/?b=0&a=1&b=3&b=4',
      headers: { 'x-a': 'client', 'x-b': 'request', authorization: `Basic ${btoa('user:pa ss')}` },
    });
    expect(result.url).toBe(`${upstream.url}/`);
  });

  it('sends objects as JSON, text and forms as they are', async () => {
    const http = await client();
    upstream.play(ok);
    await http.post('/', { a: 1 });
    await http.post('/', 'text');
    await http.post('/', new URLSearchParams({ a: '1 2' }));
    await http.request({ method: 'POST', url: '/', json: 'text' });
    expect(upstream.arrived.map(({ body, headers }) => [body, headers['content-type']])).toEqual([
      ['{"a":1}', 'application/json'],
      ['text', 'text/plain;charset=utf-8'],
      ['a=1+2', 'application/x-www-form-urlencoded'],
      ['"text"', 'application/json'],
    ]);
  });

  it.each([
    ['an URL that is none', { url: 'http://' }],
    ['another protocol', { url: 'ftp://example.com/' }],
    ['a line break in a header', { url: '/', headers: { 'x-a': 'a\r\nx-b: c' } }],
    ['a wrong header name', { url: '/', headers: { 'x a': 'b' } }],
    ['a body on GET', { url: '/', body: {} }],
    ['a negative timeout', { url: '/', timeout: -1 }],
    ['an unknown option', { url: '/', retrys: {} }],
    ['an unknown policy', { url: '/', policy: 'paymnts' }],
    ['a body that is a cycle', { method: 'POST', url: '/', body: cycle() }],
  ])('with %s rejects before a byte is sent', async (_name, request) => {
    const http = await client();
    upstream.play(ok);
    await expect(http.request(request as never)).rejects.toBeInstanceOf(InvalidRequestException);
    expect(upstream.arrived).toHaveLength(0);
  });
});

function cycle(): object {
  const self: Record<string, unknown> = {};
  self.self = self;
  return self;
}

describe('requests on the wire', () => {
  const behaviours: [string, Behaviour][] = [
    ['503', answer(503)],
    ['429 with Retry-After: 0', answer(429, '', { 'retry-after': 0 })],
    ['reset', reset],
    ['reset in the body', resetInBody],
    ['hang', hang],
    ['421', answer(421)],
    ['404', answer(404)],
    ['501', answer(501)],
  ];
  const expected: Record<string, [get: number, post: number, keyed: number]> = {
    '503': [3, 1, 3],
    '429 with Retry-After: 0': [3, 1, 3],
    reset: [3, 1, 3],
    'reset in the body': [3, 1, 3],
    hang: [3, 1, 3],
    '421': [3, 3, 3],
    '404': [1, 1, 1],
    '501': [1, 1, 1],
  };

  it.each(behaviours)('for %s', async (name, behaviour) => {
    const retry = { maxRetries: 2, baseDelay: 0, budget: false as const };
    const http = await client({ retry, timeout: { attempt: name === 'hang' ? 150 : 2000 } });
    const send = [
      () => http.get('/'),
      () => http.post('/', { a: 1 }),
      () => http.post('/', { a: 1 }, { idempotencyKey: true }),
    ];
    const counts: number[] = [];
    for (const request of send) {
      upstream.play(behaviour);
      await expect(request()).rejects.toMatchObject({
        code: expect.stringMatching(/^RESILIENCE_(UPSTREAM|TIMEOUT)/),
      });
      counts.push(upstream.arrived.length);
    }
    expect(counts).toEqual(expected[name]);
  });

  it('carry one idempotency key for all attempts of a call', async () => {
    const http = await client();
    upstream.play(answer(503), answer(503), ok);
    await http.post('/', {}, { idempotencyKey: true });
    await http.post('/', {}, { idempotencyKey: 'mine' });
    const keys = upstream.arrived.map(({ headers }) => headers['idempotency-key']);
    expect(keys[0]).toMatch(/^[\da-f-]{36}$/);
    expect(keys).toEqual([keys[0], keys[0], keys[0], 'mine']);
  });

  it('are repeated for a POST that was refused before it reached anybody', async () => {
    const gone = await FaultServer.start();
    const { url } = gone;
    await gone.stop();
    const http = await client({ allowAbsoluteUrls: true });
    const attempts: number[] = [];
    const failing = http.post(`${url}/`, {}, { retry: { onRetry: ({ attempt }) => attempts.push(attempt) } });
    await expect(failing).rejects.toBeInstanceOf(UpstreamConnectionException);
    expect(attempts).toEqual([2, 3, 4]);
  });
});

describe('a failure', () => {
  it('of the upstream keeps its body away from the application’s own callers', async () => {
    const http = await client({ retry: false });
    upstream.play(answerJson(404, { secret: true }, { 'x-a': 'b' }));
    const error = await http
      .get('/items?token=1')
      .catch((thrown: unknown) => thrown as UpstreamHttpException);
    expect(error).toBeInstanceOf(UpstreamHttpException);
    expect(error).toMatchObject({ upstreamStatus: 404, url: `${upstream.url}/items`, method: 'GET' });
    expect((error as UpstreamHttpException).upstreamBody).toEqual({ secret: true });
    expect((error as UpstreamHttpException).getStatus()).toBe(502);
    expect(JSON.stringify(error)).not.toContain('secret');
    expect(JSON.stringify((error as UpstreamHttpException).getResponse())).not.toContain('secret');
  });

  it('by hanging is a timeout of the attempt, or of the call', async () => {
    const http = await client({ retry: false, timeout: { attempt: 150 } });
    upstream.play(hang);
    await expect(http.get('/')).rejects.toMatchObject({ scope: 'attempt', timeout: 150 });
    const total = http.get('/', { timeout: { attempt: 150, total: 250 }, retry: { baseDelay: 0 } });
    await expect(total).rejects.toBeInstanceOf(TimeoutException);
    await expect(total).rejects.toMatchObject({ scope: 'total', timeout: 250 });
  });

  it('does not follow when the caller aborts: the signal’s reason comes at once', async () => {
    const http = await client({ timeout: { attempt: '5s', total: '10s' } });
    const reason = new Error('enough');
    upstream.play(hang);
    const abort = new AbortController();
    const failing = http.get('/', { signal: abort.signal });
    await eventually(() => upstream.arrived.length === 1);
    abort.abort(reason);
    await expect(failing).rejects.toBe(reason);
    await expect(http.get('/', { signal: abort.signal })).rejects.toBe(reason);
    expect(upstream.arrived).toHaveLength(1);
  });

  it('opens the circuit of its origin, which then refuses without a request', async () => {
    const http = await client({ circuitBreaker: { failureThreshold: 3 } });
    upstream.play(answer(503));
    const failing = http.get('/');
    await expect(failing).rejects.toBeInstanceOf(CircuitOpenException);
    await expect(failing).rejects.toMatchObject({ cause: { upstreamStatus: 503 } });
    expect(upstream.arrived).toHaveLength(3);
    await expect(http.get('/')).rejects.toMatchObject({ circuit: `http[${upstream.url}]` });
    expect(upstream.arrived).toHaveLength(3);
    const circuits = (module as TestingModule).get(CircuitBreakerRegistry);
    expect(circuits.snapshot().map(({ name, state }) => [name, state])).toEqual([
      [`http[${upstream.url}]`, 'open'],
    ]);
  });
});

it('closing the application leaves no connection behind', async () => {
  const http = await client();
  upstream.play(ok);
  await Promise.all(Array.from({ length: 10 }, () => http.get('/')));
  expect(upstream.openConnections).toBeGreaterThan(0);
  await module?.close();
  await eventually(() => upstream.openConnections === 0);
  expect(upstream.openConnections).toBe(0);
});
