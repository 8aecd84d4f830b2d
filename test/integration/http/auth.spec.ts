import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { AsyncLocalStorage } from 'node:async_hooks';
import { Readable } from 'node:stream';
import { createResilientFetch, InvalidRequestException, ResilienceEvents } from 'nestjs-breakwater';
import type { HttpAuthOptions, HttpClientOptions, ResponseHookContext } from 'nestjs-breakwater';
import { ManualClock, ResilienceTestingModule } from 'nestjs-breakwater/testing';
import { answer, FaultServer, hang, redirect, reset } from '../../support/fault-server/fault-server.js';
import type { Behaviour } from '../../support/fault-server/fault-server.js';
import { eventually, startHttp, stopHttp } from '../../support/http-application.js';
import { startOnClock } from '../../support/http-hooks.js';

const upstream = await FaultServer.start();
const other = await FaultServer.start();
afterAll(() => Promise.all([upstream.stop(), other.stop()]));
afterEach(stopHttp);

/** Accepts one token alone. */
const only =
  (token: string): Behaviour =>
  (socket, request) =>
    answer(request.headers.authorization === `Bearer ${token}` ? 200 : 401)(socket, request);

/** A token() that gives `t1`, `t2` and so on. */
class Tokens {
  asked = 0;

  constructor(private readonly expiresIn?: string | number) {}

  get options(): HttpAuthOptions {
    const next = () => `t${++this.asked}`;
    const { expiresIn } = this;
    return { token: async () => (expiresIn === undefined ? next() : { token: next(), expiresIn }) };
  }
}

const start = (auth: HttpAuthOptions, more: HttpClientOptions = {}) =>
  startOnClock({ baseUrl: upstream.url, auth, ...more });
const authorizations = () => upstream.arrived.map(({ headers }) => headers.authorization);

describe('a token', () => {
  it('is asked for once, and kept', async () => {
    const auth = new Tokens();
    const { http, clock } = await start(auth.options);
    upstream.play(answer(503), answer(200));
    await http.get('/');
    await clock.advance(1e9);
    await http.get('/');
    expect(authorizations()).toEqual(['Bearer t1', 'Bearer t1', 'Bearer t1']);
  });

  it('is asked for once by all calls under way', async () => {
    const auth = new Tokens();
    const { http } = await start(auth.options);
    upstream.play(answer(200));
    await Promise.all([http.get('/'), http.get('/'), http.post('/', {})]);
    expect(auth.asked).toBe(1);
  });

  it.each<[string, string | number, number]>([
    ['in the last tenth of its time', 10_000, 9000],
    ['in its last minute', '1h', 3_540_000],
    ['in its last minute, however long it is good for', '60d', 60 * 86_400_000 - 60_000],
    ['always, if it is good for no time', 0, 0],
  ])('is renewed by the first call %s', async (_name, expiresIn, renewedAt) => {
    const auth = new Tokens(expiresIn);
    const { http, clock } = await start(auth.options);
    upstream.play(answer(200));
    await http.get('/');
    await clock.advance(Math.max(0, renewedAt - 1));
    if (renewedAt > 0) await http.get('/');
    expect(auth.asked).toBe(1);
    await clock.advance(1);
    expect(auth.asked).toBe(1);
    await Promise.all([http.get('/'), http.get('/')]);
    expect(auth.asked).toBe(2);
  });

  it.each([
    ['DPoP', 'DPoP t1'],
    ['', 't1'],
  ])('has another scheme where one is given: %j', async (scheme, expected) => {
    const { http } = await start({ ...new Tokens().options, scheme });
    upstream.play(answer(200));
    await http.get('/');
    expect(authorizations()).toEqual([expected]);
  });

  it('gives way to the authorization of a request', async () => {
    const auth = new Tokens();
    const { http } = await start(auth.options);
    upstream.play(answer(200));
    await http.get('/', { headers: { Authorization: 'mine' } });
    await http.get('/', { headers: { authorization: () => 'asked' } });
    await http.get(upstream.url.replace('//', '//user:pw@'));
    expect(auth.asked).toBe(0);
    await http.get('/', { headers: { authorization: () => undefined } });
    expect(authorizations()).toEqual(['mine', 'asked', `Basic ${btoa('user:pw')}`, 'Bearer t1']);
  });

  it('of a call whose caller leaves is there for the others', async () => {
    let give = (_token: string) => undefined as void;
    let asked = 0;
    const token = () => (asked++, new Promise<string>((resolve) => void (give = resolve)));
    const { http } = await start({ token });
    upstream.play(answer(200));
    const leaving = new AbortController();
    const first = expect(http.get('/', { signal: leaving.signal })).rejects.toBe('gone');
    const second = http.get('/');
    leaving.abort('gone');
    await first;
    give('t1');
    await expect(second).resolves.toMatchObject({ status: 200 });
    expect([asked, authorizations()]).toEqual([1, ['Bearer t1']]);
  });

  it('is asked for in the context of the call that asks first', async () => {
    const context = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const { http } = await start({ token: async () => `${seen.push(context.getStore())}` });
    upstream.play(answer(401), answer(200));
    await Promise.all(['one', 'two'].map((name) => context.run(name, () => http.get('/'))));
    expect(seen).toEqual(['one', expect.stringMatching(/one|two/)]);
  });

  it('that is never given holds up no call that comes half a minute later', async () => {
    let asked = 0;
    const token = () => (++asked === 1 ? new Promise<string>(() => undefined) : 't2');
    const { http, clock } = await start({ token }, { retry: false, timeout: { attempt: '5s' } });
    upstream.play(answer(200));
    const first = expect(http.get('/')).rejects.toMatchObject({ scope: 'attempt' });
    await clock.advance(5000);
    await first;
    await clock.advance(25_000);
    await expect(http.get('/')).resolves.toMatchObject({ status: 200 });
    expect(authorizations()).toEqual(['Bearer t2']);
  });

  it.each([
    ['no text', 7],
    ['an empty text', ''],
    ['a line break', 'secret\n'],
    ['a lifetime that is none', { token: 'secret', expiresIn: 'soon' }],
    ['a negative lifetime', { token: 'secret', expiresIn: -1 }],
    ['nothing', undefined],
  ])('is refused, and not shown, if it is %s', async (_name, token) => {
    const { http } = await start({ token: () => token as string });
    upstream.play(answer(200));
    const refused = http.get('/');
    await expect(refused).rejects.toBeInstanceOf(InvalidRequestException);
    await expect(refused).rejects.toThrow('auth.token: expected');
    await expect(refused).rejects.not.toThrow('secret');
    expect(upstream.arrived).toHaveLength(0);
  });

  it('that was refused once is asked for again by the next call', async () => {
    let asked = 0;
    const token = () => (++asked === 1 ? Promise.reject(new TypeError('first')) : 't2');
    const { http } = await start({ token });
    upstream.play(answer(200));
    await expect(http.get('/')).rejects.toThrow('first');
    await expect(http.get('/')).resolves.toMatchObject({ status: 200 });
  });

  it.each<[object, string]>([
    [{}, 'http.auth.token'],
    [{ token: 'text' }, 'http.auth.token'],
    [{ token: () => 'a', scheme: 'Bea rer' }, 'http.auth.scheme'],
    [{ token: () => 'a', expiresIn: 7 }, 'http.auth.expiresIn'],
  ])('is checked while the application starts: %j', async (auth, path) => {
    await expect(startHttp({ auth: auth as never })).rejects.toMatchObject({ problems: [{ path }] });
  });

  it('does not stand beside an authorization of the client', async () => {
    const starting = startHttp({ auth: new Tokens().options, headers: { Authorization: 'x' } });
    await expect(starting).rejects.toMatchObject({ problems: [{ path: 'http.auth', got: 'both' }] });
  });
});

describe('a 401', () => {
  it('renews the token and repeats within the same attempt', async () => {
    const heard: ResponseHookContext[] = [];
    const asked: number[] = [];
    const retries: unknown[] = [];
    const auth = new Tokens();
    const { http, module } = await start(auth.options, {
      headers: { 'x-a': ({ attempt }) => asked.push(attempt) },
      onRequest: ({ headers }) => void (headers['x-b'] = `${headers.authorization as string} signed`),
      onResponse: (response) => void heard.push(response),
      retry: { maxRetries: 0, budget: { ratio: 0, minPerSecond: 0 } },
      circuitBreaker: { failureThreshold: 1 },
    });
    module
      .get(ResilienceEvents)
      .asObservable()
      .subscribe(({ type }) => type.startsWith('retry') && retries.push(type));
    upstream.play(only('t2'));
    await expect(http.post('/', { a: 1 })).resolves.toMatchObject({ status: 200, attempts: 1 });
    expect(upstream.arrived.map(({ headers, body }) => [headers['x-a'], headers['x-b'], body])).toEqual([
      ['1', 'Bearer t1 signed', '{"a":1}'],
      ['2', 'Bearer t2 signed', '{"a":1}'],
    ]);
    expect(asked).toEqual([1, 1]);
    expect(heard).toMatchObject([{ attempt: 1, status: 200 }]);
    expect(retries).toEqual([]);
  });

  it('renews once for all calls under way', async () => {
    const auth = new Tokens();
    const { http } = await start(auth.options);
    upstream.play(only('t2'));
    await Promise.all(Array.from({ length: 10 }, () => http.get('/')));
    expect(auth.asked).toBe(2);
    expect(upstream.arrived).toHaveLength(20);
  });

  it('to a call that was sent with an older token repeats with the one that is there', async () => {
    const auth = new Tokens();
    const { http } = await start(auth.options);
    let late = () => undefined as void;
    upstream.play((...request) => void (late = () => answer(401)(...request)), only('t2'));
    const first = http.get('/');
    await eventually(() => upstream.arrived.length === 1);
    await http.get('/');
    late();
    await first;
    expect(auth.asked).toBe(2);
    expect(authorizations()).toEqual(['Bearer t1', 'Bearer t1', 'Bearer t2', 'Bearer t2']);
  });

  it('again is the answer, and each attempt renews once', async () => {
    const auth = new Tokens();
    const { http, circuits } = await start(auth.options, {
      retry: { maxRetries: 1, baseDelay: 0, retryOn: () => true },
      circuitBreaker: { failureThreshold: 1 },
    });
    upstream.play(answer(401));
    await expect(http.get('/')).rejects.toMatchObject({ upstreamStatus: 401 });
    expect(authorizations()).toEqual(['Bearer t1', 'Bearer t2', 'Bearer t2', 'Bearer t3']);
    expect([...circuits].map(({ state }) => state)).toEqual(['closed']);
  });

  it('does not repeat a stream, but renews the token for the next call', async () => {
    const auth = new Tokens();
    const { http } = await start(auth.options);
    upstream.play(only('t2'));
    await expect(http.put('/', Readable.from(['a']))).rejects.toMatchObject({ upstreamStatus: 401 });
    await http.put('/', Readable.from(['b']));
    expect([auth.asked, upstream.arrived.map(({ body }) => body)]).toEqual([2, ['a', 'b']]);
  });

  it('whose renewal fails beside a stream is the answer all the same', async () => {
    let asked = 0;
    const token = () => (++asked === 1 ? 't1' : Promise.reject(new Error('down')));
    const { http } = await start({ token });
    upstream.play(answer(401));
    await expect(http.put('/', Readable.from(['a']))).rejects.toMatchObject({ upstreamStatus: 401 });
    expect(asked).toBe(2);
  });

  it('repeats a stream that is made by a function', async () => {
    const { http } = await start(new Tokens().options);
    upstream.play(only('t2'));
    let made = 0;
    await http.post('/', () => Readable.from([`body ${++made}`]));
    expect(upstream.arrived.map(({ body }) => body)).toEqual(['body 1', 'body 2']);
  });

  it('is within the time of its attempt', async () => {
    const auth = new Tokens();
    const { http, clock } = await start(auth.options, { retry: false, timeout: { attempt: 1000 } });
    let refuse = () => undefined as void;
    upstream.play((...request) => void (refuse = () => answer(401)(...request)), hang);
    const ended = expect(http.get('/')).rejects.toMatchObject({ scope: 'attempt', timeout: 1000 });
    await eventually(() => upstream.arrived.length === 1);
    await clock.advance(900);
    refuse();
    await eventually(() => upstream.arrived.length === 2);
    await clock.advance(100);
    await ended;
  });

  it('whose renewal fails ends with that error, repeated by its class, also for a POST', async () => {
    let asked = 0;
    const token = () => (++asked === 2 ? Promise.reject(new Error('down')) : `t${asked}`);
    const { http, circuits } = await start({ token }, { circuitBreaker: { failureThreshold: 1 } });
    upstream.play(only('t3'));
    await expect(http.post('/', {})).resolves.toMatchObject({ status: 200, attempts: 2 });
    expect([...circuits].map(({ state }) => state)).toEqual(['closed']);
  });

  it('is left alone without a token of the client', async () => {
    const auth = new Tokens();
    const { http } = await start(auth.options);
    upstream.play(answer(401));
    await expect(http.get('/', { headers: { authorization: 'mine' } })).rejects.toMatchObject({
      upstreamStatus: 401,
    });
    expect([auth.asked, upstream.arrived.length]).toEqual([0, 1]);
  });

  it('after a redirect is repeated from the start; that of another origin, which had no token, is not', async () => {
    const auth = new Tokens();
    const { http } = await start(auth.options);
    upstream.play();
    upstream.playAt('/a', redirect(302, '/b'));
    upstream.playAt('/b', only('t2'));
    upstream.playAt('/c', redirect(302, other.url));
    other.play(answer(401));
    await http.get('/a');
    expect(upstream.arrived.map(({ path }) => path)).toEqual(['/a', '/b', '/a', '/b']);
    await expect(http.get('/c')).rejects.toMatchObject({ upstreamStatus: 401 });
    expect([auth.asked, other.arrived.length]).toEqual([2, 1]);
    expect(other.arrived[0]?.headers).not.toHaveProperty('authorization');
  });

  it('behind a POST that was acted on is not repeated', async () => {
    const { http } = await start(new Tokens().options);
    upstream.play();
    upstream.playAt('/orders', redirect(303, '/status'));
    upstream.playAt('/status', only('t2'));
    await expect(http.post('/orders', {})).rejects.toMatchObject({ upstreamStatus: 401 });
    expect(upstream.arrived.map(({ method }) => method)).toEqual(['POST', 'GET']);
  });

  it('is repeated also where its status is accepted, and its stream let go of', async () => {
    const { http } = await start(new Tokens().options);
    upstream.play(answer(401, 'a'.repeat(100_000)), answer(200, 'fine'));
    const options = { responseType: 'stream' as const, validateStatus: () => true };
    const { data, status } = await http.get('/', options);
    expect([status, (await data.toArray()).join('')]).toEqual([200, 'fine']);
    expect(upstream.hasLost(0)).toBe(true);
  });

  it('is repeated for a fetch that brings no authorization of its own', async () => {
    const { http } = await start(new Tokens().options);
    upstream.play(only('t2'));
    const response = await createResilientFetch(http)(`${upstream.url}/a`);
    expect([response.status, authorizations()]).toEqual([200, ['Bearer t1', 'Bearer t2']]);
  });

  it('is no end of a POST whose repetition is reset', async () => {
    const { http } = await start(new Tokens().options);
    upstream.play(answer(401), reset);
    await expect(http.post('/', {})).rejects.toMatchObject({ code: 'RESILIENCE_UPSTREAM_CONNECTION' });
    expect(upstream.arrived).toHaveLength(2);
  });
});

it('tokens and hooks work where everything runs bare', async () => {
  const auth = new Tokens();
  const hooks: string[] = [];
  const { Test } = await import('@nestjs/testing');
  const { ResilientHttpService } = await import('nestjs-breakwater');
  const http: HttpClientOptions = {
    baseUrl: upstream.url,
    auth: auth.options,
    onRequest: () => void hooks.push('request'),
    onResponse: () => void hooks.push('response'),
  };
  const module = await Test.createTestingModule({
    imports: [ResilienceTestingModule.forRoot({ http, clock: new ManualClock() })],
  }).compile();
  await module.init();
  upstream.play(only('t2'));
  await expect(module.get(ResilientHttpService).get('/')).resolves.toMatchObject({ status: 200 });
  expect(hooks).toEqual(['request', 'request', 'response']);
  await module.close();
});
