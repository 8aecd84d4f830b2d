import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { AsyncLocalStorage } from 'node:async_hooks';
import { createHmac } from 'node:crypto';
import { Readable } from 'node:stream';
import { InvalidRequestException, TimeoutException, UpstreamHttpException } from 'nestjs-breakwater';
import type {
  HeaderContext,
  HttpClientOptions,
  RequestHookContext,
  ResponseHookContext,
} from 'nestjs-breakwater';
import { answer, FaultServer, hang, redirect, reset } from '../../support/fault-server/fault-server.js';
import { eventually, startHttp, stopHttp } from '../../support/http-application.js';
import { startOnClock } from '../../support/http-hooks.js';

const upstream = await FaultServer.start();
const other = await FaultServer.start();
afterAll(() => Promise.all([upstream.stop(), other.stop()]));
afterEach(stopHttp);

const start = (options: HttpClientOptions = {}) =>
  startHttp({ baseUrl: upstream.url, retry: { maxRetries: 2, baseDelay: 0, budget: false }, ...options });
const sent = (name: string) => upstream.arrived.map(({ headers }) => headers[name]);

describe('a header function', () => {
  it('is told of its attempt, and of the error of the one before', async () => {
    const asked: HeaderContext[] = [];
    const header = async (context: HeaderContext) => `${asked.push(context)}`;
    const { http } = await start({ headers: { 'x-asked': header } });
    upstream.play(answer(503), answer(200));
    await http.put('/a?b=1', {});
    const facts = { method: 'PUT', url: `${upstream.url}/a?b=1` };
    expect(asked).toEqual([
      { ...facts, attempt: 1 },
      { ...facts, attempt: 2, lastError: expect.any(UpstreamHttpException) },
    ]);
    expect(sent('x-asked')).toEqual(['1', '2']);
  });

  it('is not asked for a redirect, which carries the header of its attempt', async () => {
    let asked = 0;
    const { http } = await start({ headers: { 'x-asked': () => ++asked } });
    upstream.play(redirect(302, '/next'), answer(503), redirect(302, '/next'), answer(200));
    await http.get('/');
    expect(sent('x-asked')).toEqual(['1', '1', '2', '2']);
  });

  it('of the client is not asked where the request has the header, and counts where the request’s gives none', async () => {
    let asked = 0;
    const { http } = await start({ headers: { 'x-a': () => `client ${++asked}` } });
    upstream.play(answer(200));
    await http.get('/', { headers: { 'X-A': 'request' } });
    await http.get('/', { headers: { 'x-a': () => undefined } });
    await http.get('/', { headers: { 'x-a': () => 'function' } });
    expect(sent('x-a')).toEqual(['request', 'client 1', 'function']);
  });

  it('that gives an idempotency key is asked once per call: there is one key', async () => {
    let asked = 0;
    const { http } = await start({ headers: { 'Idempotency-Key': () => `key ${++asked}` } });
    upstream.play(answer(503), answer(503), answer(200));
    await http.post('/', {});
    await http.post('/', {});
    expect(sent('idempotency-key')).toEqual(['key 1', 'key 1', 'key 1', 'key 2']);
  });

  it('must give what may be sent', async () => {
    const { http } = await start({ headers: { 'x-a': () => 'secret\r\nx-b: 1' } });
    upstream.play(answer(200));
    await expect(http.get('/')).rejects.toBeInstanceOf(InvalidRequestException);
    await expect(http.get('/')).rejects.not.toThrow('secret');
    expect(upstream.arrived).toHaveLength(0);
  });
});

describe.each<[string, (run: () => unknown) => HttpClientOptions]>([
  ['a header function', (run) => ({ headers: { 'x-a': () => run() as string } })],
  ['onRequest', (run) => ({ onRequest: () => run() as void })],
  ['token()', (run) => ({ auth: { token: () => run() as string } })],
])('what %s throws', (_name, options) => {
  const failing = (error: unknown) => {
    let calls = 0;
    return { calls: () => calls, run: () => (calls++, Promise.reject(error)) };
  };

  it.each([
    ['unknown', new Error('no token'), 3],
    ['transient', Object.assign(new Error('down'), { code: 'ECONNREFUSED' }), 3],
    ['permanent', new TypeError('bug'), 1],
    ['a refusal of its own upstream', new UpstreamHttpException({ upstreamStatus: 403 }), 1],
  ])('is the error of the call, repeated by its class: %s', async (_class, error, attempts) => {
    const { run, calls } = failing(error);
    const { http, circuits } = await start({ ...options(run), circuitBreaker: { failureThreshold: 1 } });
    upstream.play(answer(200));
    await expect(http.post('/', {})).rejects.toBe(error);
    expect([calls(), upstream.arrived.length]).toEqual([attempts, 0]);
    expect([...circuits].map(({ state }) => state)).toEqual(['closed']);
  });

  it('and what it takes is within the attempt, and not held against the upstream', async () => {
    const { http, clock, circuits } = await startOnClock({
      baseUrl: upstream.url,
      ...options(() => new Promise(() => undefined)),
      circuitBreaker: { failureThreshold: 1 },
      retry: false,
      timeout: { attempt: 500, total: '10s' },
    });
    upstream.play(answer(200));
    const ended = expect(http.get('/')).rejects.toMatchObject({
      constructor: TimeoutException,
      scope: 'attempt',
    });
    await clock.advance(500);
    await ended;
    expect(upstream.arrived).toHaveLength(0);
    expect([...circuits].map(({ state }) => state)).toEqual(['closed']);
  });

  it('sends nothing once the attempt is over', async () => {
    let answerNow = (_value: string) => undefined as void;
    const { http, clock } = await startOnClock({
      baseUrl: upstream.url,
      ...options(() => new Promise<string>((resolve) => void (answerNow = resolve))),
      retry: false,
      timeout: { attempt: 500 },
    });
    upstream.play(answer(200));
    const ended = expect(http.get('/')).rejects.toBeInstanceOf(TimeoutException);
    await clock.advance(500);
    await ended;
    answerNow('late');
    await clock.advance(1000);
    expect(upstream.arrived).toHaveLength(0);
  });

  it('is in the context of its call', async () => {
    const context = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const { http } = await start(options(() => (seen.push(context.getStore()), 'value')));
    upstream.play(answer(503), answer(200));
    await context.run('mine', () => http.get('/'));
    expect(new Set(seen)).toEqual(new Set(['mine']));
  });
});

describe('onRequest', () => {
  const secret = 'key';
  const sign = ({ method, url, headers, body = '' }: RequestHookContext) => {
    headers['x-signature'] = createHmac('sha256', secret)
      .update(`${method} ${url}`)
      .update(body)
      .digest('hex');
  };

  it('signs each attempt over method, URL and body', async () => {
    const { http } = await start({ onRequest: async (request) => sign(request), query: { b: 2 } });
    upstream.play(answer(503), answer(200));
    await http.put('/a?c=%20', { d: 'ö' });
    const expected = createHmac('sha256', secret)
      .update(`PUT ${upstream.url}/a?c=%20&b=2{"d":"ö"}`)
      .digest('hex');
    expect(sent('x-signature')).toEqual([expected, expected]);
  });

  it('sees text or bytes as the body, and nothing of a stream', async () => {
    const seen: unknown[] = [];
    const { http } = await start({ onRequest: ({ body }) => void seen.push(body) });
    upstream.play(answer(200));
    const form = new FormData();
    form.set('a', 'b');
    for (const body of [
      'text',
      { a: 1 },
      Buffer.from('bytes'),
      form,
      Readable.from(['a']),
      () => Readable.from(['a']),
    ])
      await http.post('/', body);
    await http.get('/');
    expect(seen).toEqual([
      'text',
      '{"a":1}',
      Buffer.from('bytes'),
      expect.any(Uint8Array),
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('may add, change and delete headers, for its attempt alone', async () => {
    const { http } = await start({
      headers: { 'x-a': 'a', 'x-b': 'b', 'x-c': () => 'c' },
      onRequest: (request) => {
        expect(request.headers).toMatchObject({ 'x-a': 'a', 'x-b': 'b', 'x-c': 'c', accept: '*/*' });
        expect(Object.getPrototypeOf(request.headers)).toBe(Object.prototype);
        delete request.headers['x-a'];
        request.headers['X-B'] = `changed ${request.attempt}`;
        request.headers = { ...request.headers, 'x-d': 'd' };
      },
    });
    upstream.play(answer(503), answer(200));
    await http.get('/');
    expect(upstream.arrived).toMatchObject([
      { headers: { 'x-b': 'changed 1', 'x-c': 'c', 'x-d': 'd' } },
      { headers: { 'x-b': 'changed 2', 'x-c': 'c', 'x-d': 'd' } },
    ]);
    expect(sent('x-a')).toEqual([undefined, undefined]);
  });

  it('that asks for an encoding gets the bytes as they are', async () => {
    const { http } = await start({
      onRequest: ({ headers }) => void (headers['accept-encoding'] = 'identity'),
    });
    upstream.play(answer(200, 'not decoded', { 'content-encoding': 'gzip' }));
    await expect(http.get('/', { responseType: 'text' })).resolves.toMatchObject({ data: 'not decoded' });
  });

  it.each([
    ['a Map', new Map([['x-a', 'b']])],
    ['Headers', new Headers({ 'x-a': 'b' })],
    ['null', null],
    ['nothing', undefined],
  ])(
    'that leaves %s for headers refuses the request, in place of sending it without any',
    async (_name, headers) => {
      upstream.play(answer(200));
      const { http } = await start({ onRequest: (request) => void (request.headers = headers as never) });
      await expect(http.get('/')).rejects.toBeInstanceOf(InvalidRequestException);
      expect(upstream.arrived).toEqual([]);
    },
  );

  it('must not break a header', async () => {
    const { http } = await start({ onRequest: ({ headers }) => void (headers['x-a'] = 'a\nb') });
    upstream.play(answer(200));
    await expect(http.get('/')).rejects.toBeInstanceOf(InvalidRequestException);
    expect(upstream.arrived).toHaveLength(0);
  });

  it('that sets a key makes a POST repeatable, and keeps the key', async () => {
    let keys = 0;
    const { http } = await start({
      onRequest: ({ headers }) => void (headers['idempotency-key'] ??= `key ${++keys}`),
    });
    upstream.play(answer(503), answer(200));
    await http.post('/', {});
    expect(sent('idempotency-key')).toEqual(['key 1', 'key 1']);
  });
});

describe('onResponse', () => {
  it('hears the answer to each attempt, not those of redirects', async () => {
    const heard: ResponseHookContext[] = [];
    const { http } = await start({ onResponse: async (response) => void heard.push(response) });
    upstream.play(redirect(302, '/b?c=1'), answer(503, 'busy', { 'x-a': 'b' }), reset, answer(200));
    await http.get('/a');
    expect(heard).toMatchObject([
      { attempt: 1, status: 503, headers: { 'x-a': 'b' }, url: `${upstream.url}/b?c=1` },
      { attempt: 3, status: 200, url: `${upstream.url}/a` },
    ]);
    expect(heard.every(({ duration }) => duration >= 0 && duration < 5000)).toBe(true);
  });

  it('is told how long the answer took', async () => {
    const durations: number[] = [];
    const { http, clock } = await startOnClock({
      baseUrl: upstream.url,
      onResponse: ({ duration }) => void durations.push(duration),
    });
    let answerNow = () => undefined as void;
    upstream.play((...request) => void (answerNow = () => answer(200)(...request)));
    const running = http.get('/');
    await eventually(() => upstream.arrived.length === 1);
    await clock.advance(300);
    answerNow();
    await running;
    expect(durations).toEqual([300]);
  });

  it('that throws ends the call with its error: the circuit does not hear of it, a POST is not sent again', async () => {
    const error = new Error('not that answer');
    const { http, circuits } = await start({
      onResponse: () => Promise.reject(error),
      circuitBreaker: { failureThreshold: 1 },
    });
    upstream.play(answer(200));
    await expect(http.post('/', {})).rejects.toBe(error);
    expect(upstream.arrived).toHaveLength(1);
    expect([...circuits].map(({ state }) => state)).toEqual(['closed']);
  });

  it('that throws leaves no stream open', async () => {
    const { http } = await start({ onResponse: () => Promise.reject(new TypeError('bug')) });
    upstream.play(answer(200, 'a'.repeat(100_000)));
    await expect(http.get('/', { responseType: 'stream' })).rejects.toThrow('bug');
    await eventually(() => upstream.hasLostLast);
  });

  it('is in the context of its call, also over a connection that another call has opened', async () => {
    const context = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const { http } = await start({ onResponse: () => void seen.push(context.getStore()) });
    upstream.play(answer(200));
    for (const name of ['one', 'two', 'three']) await context.run(name, () => http.get('/'));
    expect(seen).toEqual(['one', 'two', 'three']);
  });
});

describe('beforeRetry', () => {
  it('may prepare what the next attempt is sent with', async () => {
    let token = 'stale';
    const { http } = await start({
      headers: { authorization: () => token },
      retry: {
        maxRetries: 1,
        baseDelay: 0,
        retryOn: (error) => (error as UpstreamHttpException).upstreamStatus === 401,
        beforeRetry: async () => {
          await Promise.resolve();
          token = 'fresh';
        },
      },
    });
    upstream.play(answer(401), answer(200));
    await expect(http.get('/')).resolves.toMatchObject({ attempts: 2 });
    expect(sent('authorization')).toEqual(['stale', 'fresh']);
  });

  it('that rejects ends the call with its last error', async () => {
    const { http } = await start({
      retry: { baseDelay: 0, beforeRetry: () => Promise.reject(new Error('no')) },
    });
    upstream.play(answer(503));
    await expect(http.get('/')).rejects.toMatchObject({ upstreamStatus: 503 });
    expect(upstream.arrived).toHaveLength(1);
  });
});

describe('a body that is a function', () => {
  it('is asked for each attempt, which repeats a stream', async () => {
    const { http } = await start();
    upstream.play(answer(503), answer(200));
    let made = 0;
    await http.put('/', async () => Readable.from([`body ${++made}`]));
    expect(upstream.arrived.map(({ body }) => body)).toEqual(['body 1', 'body 2']);
  });

  it('is asked again for a redirect that keeps the body, and not for one that does not', async () => {
    const { http } = await start();
    let made = 0;
    const body = () => Readable.from([`body ${++made}`]);
    upstream.play(redirect(307, '/b'), redirect(308, other.url));
    other.play(answer(200));
    await http.post('/', body, { headers: { 'content-type': 'text/csv' } });
    expect([...upstream.arrived, ...other.arrived].map(({ body: text }) => text)).toEqual([
      'body 1',
      'body 2',
      'body 3',
    ]);
    expect(other.arrived[0]?.headers['content-type']).toBe('text/csv');
    upstream.play(redirect(303, '/b'), answer(200));
    await http.post('/', body);
    expect(upstream.arrived.map(({ body: text }) => text)).toEqual(['body 4', '']);
  });

  it.each<[string, () => unknown, string, string]>([
    ['a text', () => 'text', 'text', 'text/plain;charset=utf-8'],
    ['JSON', () => ({ a: 1 }), '{"a":1}', 'application/json'],
    ['a web stream', () => new Blob(['web']).stream(), 'web', 'application/octet-stream'],
    ['none', () => undefined, '', ''],
  ])('may give %s', async (_name, body, text, type) => {
    const { http } = await start();
    upstream.play(answer(200));
    await http.post('/', body);
    expect(upstream.arrived[0]).toMatchObject({ body: text });
    expect(upstream.arrived[0]?.headers['content-type'] ?? '').toBe(type);
  });

  it('may give a form, whose boundary is that of its attempt', async () => {
    const { http } = await start();
    upstream.play(answer(503), answer(200));
    await http.put('/', () => {
      const form = new FormData();
      form.set('name', 'value');
      return form;
    });
    expect(upstream.arrived).toHaveLength(2);
    for (const { headers, body } of upstream.arrived)
      expect(body).toContain(String(headers['content-type']).split('boundary=')[1]);
  });

  it('leaves a POST without a key unrepeated once it was sent', async () => {
    const { http } = await start();
    upstream.play(answer(503));
    await expect(http.post('/', () => Readable.from(['a']))).rejects.toMatchObject({ upstreamStatus: 503 });
    expect(upstream.arrived).toHaveLength(1);
  });

  it('that fails is the error of the call, and not the circuit’s affair', async () => {
    const error = Object.assign(new Error('no such file'), { code: 'ENOENT' });
    const { http, circuits } = await start({ circuitBreaker: { failureThreshold: 1 }, retry: false });
    upstream.play(answer(200));
    await expect(http.put('/', () => Promise.reject(error))).rejects.toBe(error);
    expect([...circuits].map(({ state }) => state)).toEqual(['closed']);
  });

  it('has no stream open at the end', async () => {
    const { http } = await start({ timeout: { attempt: 100 } });
    const streams: Readable[] = [];
    const endless = () => streams[streams.push(new Readable({ read: () => undefined })) - 1];
    upstream.play(hang);
    await expect(http.put('/', endless)).rejects.toBeInstanceOf(TimeoutException);
    await eventually(() => streams.length === 3 && streams.every(({ destroyed }) => destroyed));
  });

  it('is refused where there is no body', async () => {
    const { http } = await start();
    await expect(http.request({ url: '/', body: () => 'a' })).rejects.toThrow('body: GET has none');
    await expect(http.request({ method: 'PUT', url: '/', body: () => 'a', json: {} })).rejects.toThrow(
      'json',
    );
  });
});
