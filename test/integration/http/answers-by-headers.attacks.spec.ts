import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { createResilientFetch, resilienceInterceptor } from 'nestjs-breakwater';
import type { CacheStore, HttpClientOptions, HttpRequest } from 'nestjs-breakwater';
import { ManualClock } from 'nestjs-breakwater/testing';
import { Agent, request } from 'undici';
import { answer, redirect } from '../../support/fault-server/fault-server.js';
import type { Behaviour } from '../../support/fault-server/fault-server.js';
import { eventually, stopHttp } from '../../support/http-application.js';
import { control, memoryStore, TellingUpstream } from '../../support/told-answers.js';
import type { Headers, Times } from '../../support/told-answers.js';

const upstream = await TellingUpstream.start();
afterAll(() => upstream.stop());
afterEach(stopHttp);

const { play, numbered, application: start } = upstream;

/** Answers with a header of the request. */
const echoing =
  (name: string, headers: Headers): Behaviour =>
  (socket, request) =>
    answer(200, request.headers[name], headers)(socket, request);

const minute = control('max-age=60');
const sending = (name: string, value: NonNullable<HttpRequest['headers']>[string]) => ({
  headers: { [name]: value },
});
const byPath: Times = { key: ({ url }) => url.pathname };
const lastHeaders = () => upstream.lastHeaders;

describe('the variants of an answer', () => {
  it('are not mixed up where it varies by another header than before, with the same value', async () => {
    let vary = 'x-a';
    const { ask } = await start(() => ({ ...minute, vary }));
    await ask(sending('x-a', 'v'));
    vary = 'x-b';
    await ask(sending('x-b', 'w'));
    expect(await ask({ headers: { 'x-a': 'other', 'x-b': 'v' } })).toBe('3');
  });

  it.each(['constructor', '__proto__'])('are kept where it varies by %s', async (vary) => {
    const { ask } = await start({ ...minute, vary });
    expect([await ask(), await ask(), await ask(sending('x-a', 'v'))]).toEqual(['1', '1 hit', '1 hit']);
  });

  it('take the place of one that did not vary', async () => {
    let headers: Headers = control('max-age=600');
    const { ask } = await start(() => headers);
    await ask();
    headers = { ...headers, vary: 'x-a' };
    await ask(sending('cache-control', 'no-cache'));
    headers = control('no-store');
    await ask(sending('cache-control', 'no-cache'));
    expect(await ask()).toBe('4');
  });

  it('are told apart by what a function of the request says, not by the header that it replaces', async () => {
    const { http } = await start({}, { http: { headers: { 'x-t': 'default' } } });
    play(echoing('x-t', { ...minute, vary: 'x-t' }));
    const both = await Promise.all([
      http.get('/a'),
      http.get(
        '/a',
        sending('x-t', () => 'ada'),
      ),
    ]);
    expect(both.map(({ data }) => data)).toEqual(['default', 'ada']);
  });

  it('are for nobody else where a hook has replaced the header', async () => {
    let tenant = 'ada';
    const { http } = await start(
      {},
      { http: { onRequest: ({ headers }) => void (headers['x-t'] = tenant) }, times: byPath },
    );
    play(echoing('x-t', { ...minute, vary: 'x-t' }));
    await http.get('/a', sending('x-t', 'x'));
    tenant = 'eve';
    expect((await http.get('/a', sending('x-t', 'ada'))).data).toBe('eve');
  });

  it('change with a 304 that says so', async () => {
    const { ask, clock } = await start({ ...minute, etag: '"1"' });
    await ask(sending('x-t', 'a'));
    await clock.advance(60_000);
    play(
      answer(304, '', { vary: 'x-t' }),
      numbered(() => ({})),
    );
    expect([await ask(sending('x-t', 'a')), await ask(sending('x-t', 'a'))]).toEqual(['1', '1 hit']);
    expect(await ask(sending('x-t', 'b'))).toBe('3');
  });
});

describe('requests with a cache of their own', () => {
  it('share no answers by the same value of another header', async () => {
    const { http } = await start({}, { http: { cache: false } });
    play(echoing('x-b', minute));
    const by = (name: string) => ({
      ...sending(name, 'v'),
      cache: { respect: 'headers' as const, varyBy: [name] },
    });
    await http.get('/a', by('x-a'));
    expect((await http.get('/a', by('x-b'))).data).toBe('v');
  });

  it('that respect headers take no answers of a client that does not', async () => {
    const { ask } = await start(control('no-store'), { http: { cache: { ttl: '1h' } } });
    expect([await ask(), await ask()]).toEqual(['1', '1 hit']);
    expect(await ask({ cache: { respect: 'headers' } })).toBe('2');
  });
});

describe('an answer whose status another request accepts', () => {
  it('is no answer to one that does not, and no question of it', async () => {
    const { http, clock } = await start({}, { http: { validateStatus: (status) => status < 500 } });
    const strict = { validateStatus: (status: number) => status < 300 };
    play(answer(404, 'none', { ...minute, etag: '"1"' }));
    await http.get('/a');
    expect(await http.get('/a')).toMatchObject({ status: 404, cache: 'hit' });
    await expect(http.get('/a', strict)).rejects.toMatchObject({ upstreamStatus: 404 });
    await clock.advance(60_000);
    await expect(http.get('/a', strict)).rejects.toMatchObject({ upstreamStatus: 404 });
    expect(lastHeaders()).not.toHaveProperty('if-none-match');
    const both = await Promise.allSettled([http.get('/a'), http.get('/a', strict)]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });
});

describe('what functions and hooks say', () => {
  it.each(['if-none-match', 'range', 'if-match'])('in %s has the request sent', async (name) => {
    const { ask } = await start(minute);
    await ask();
    expect(await ask(sending(name, () => '"own"'))).toBe('2');
  });

  it('in cache-control counts', async () => {
    const { ask } = await start(minute);
    await ask(sending('cache-control', () => Promise.resolve('no-store')));
    expect([await ask(), await ask(sending('cache-control', () => 'max-age=9'))]).toEqual(['2', '2 hit']);
    expect(await ask(sending('cache-control', () => 'no-cache'))).toBe('3');
  });

  it('in cache-control counts also where a hook says it', async () => {
    const onRequest: HttpClientOptions['onRequest'] = ({ headers }) =>
      void (headers['cache-control'] = 'no-store');
    const { ask } = await start(minute, { http: { onRequest }, times: byPath });
    expect([await ask(), await ask()]).toEqual(['1', '2']);
  });

  it.each([{ respect: 'headers' }, { ttl: '1m' }] as const)(
    'for a later attempt is not kept as the answer to what was said for the first one, with %j',
    async (cache) => {
      const said = ['fr', 'de'];
      const retry = { baseDelay: 0, budget: false as const };
      const { http, clock } = await start({}, { http: { retry, cache } });
      play(answer(503), echoing('accept-language', minute));
      const first = http.get(
        '/a',
        sending('accept-language', () => said.pop()),
      );
      await eventually(() => upstream.arrived.length === 1);
      const running = first.finally(() => (said.length = 0));
      while (upstream.arrived.length === 1) await clock.advance(10);
      expect((await running).data).toBe('fr');
      expect((await http.get('/a', sending('accept-language', 'de'))).data).toBe('de');
    },
  );

  it('is no question about the kept answer, and a 304 belongs to it', async () => {
    const onRequest: HttpClientOptions['onRequest'] = ({ headers }) =>
      void (headers['if-none-match'] = '"own"');
    const validateStatus = (status: number) => status < 400;
    const { http } = await start(
      { etag: '"1"' },
      { http: { onRequest, validateStatus }, times: { ...byPath, ttl: 0 } },
    );
    await http.get('/a');
    play(answer(304));
    expect(await http.get('/a')).toMatchObject({ status: 304, data: undefined });
    expect(lastHeaders()['if-none-match']).toBe('"own"');
  });
});

describe('callers at the same time', () => {
  it.each([false, true])(
    'leave what is kept, with a coalescing of its own (in a store: %s)',
    async (isStored) => {
      const { store } = memoryStore();
      const { ask } = await start(minute, {
        http: { coalesce: {} },
        ...(isStored && { options: { cache: { store } } }),
      });
      expect(await Promise.all([ask(), ask()])).toEqual(['1', '1 coalesced']);
      expect(await ask()).toBe('1 hit');
    },
  );

  it('share a run also after a change of another URL', async () => {
    const { ask, http } = await start(minute);
    let release = () => {};
    upstream.playAt('/a', (socket, request) => (release = () => answer(200, 'a', minute)(socket, request)));
    const first = ask();
    await eventually(() => upstream.arrived.length === 1);
    await http.post('/other');
    const second = ask();
    release();
    expect(await Promise.all([first, second])).toEqual(['a', 'a coalesced']);
  });
});

describe('times', () => {
  it.each(['3600', '86400', 'in 3000', '0', '-1', ''])('Expires: %j has passed', async (expires) => {
    const { ask } = await start({ expires, date: 'Mon, 01 Jan 1990 00:00:00 GMT' });
    expect([await ask(), await ask()]).toEqual(['1', '2']);
  });

  it.each(['0', '1', 'x 1990'])('Date: %s is none: Expires counts from the arrival', async (date) => {
    const expires = new Date(new ManualClock().wallNow() + 60_000).toUTCString();
    const { ask, clock } = await start({ date, expires });
    await ask();
    await clock.advance(61_000);
    expect(await ask()).toBe('2');
  });

  it('may be in the old forms of dates', async () => {
    const { ask, clock } = await start({
      date: 'Tue Jan  1 00:00:00 2030',
      expires: 'Tuesday, 01-Jan-30 00:01:00 GMT',
    });
    await ask();
    await clock.advance(59_000);
    expect(await ask()).toBe('1 hit');
    await clock.advance(1_000);
    expect(await ask()).toBe('2');
  });

  it.each(['99999999999', '9'.repeat(400)])('Age: %s is a long one', async (age) => {
    const { ask } = await start({ ...minute, age });
    expect([await ask(), await ask()]).toEqual(['1', '2']);
  });

  it('count from the request (RFC 9111 §4.2.3)', async () => {
    const { ask, clock } = await start();
    let release = () => {};
    play(
      (socket, request) => (release = () => answer(200, '1', minute)(socket, request)),
      numbered(() => ({})),
    );
    const first = ask();
    await eventually(() => upstream.arrived.length === 1);
    await clock.advance(900);
    release();
    await first;
    await clock.advance(59_099);
    expect(await ask()).toBe('1 hit');
    await clock.advance(1);
    expect(await ask()).toBe('2');
  });

  it('of a 304 without a date count from its arrival', async () => {
    const now = new ManualClock().wallNow();
    const at = (ms: number) => new Date(now + ms).toUTCString();
    const { ask, clock } = await start({ date: at(0), expires: at(60_000), etag: '"1"' });
    await ask();
    await clock.advance(61_000);
    play(answer(304));
    await ask();
    await ask();
    expect(upstream.arrived).toHaveLength(3);
  });

  it('are whole numbers for a store', async () => {
    const { store, ttls } = memoryStore();
    const { ask, clock } = await start(minute, { options: { cache: { store } } });
    await clock.advance(0.3);
    let release = () => {};
    play((socket, request) => (release = () => answer(200, '1', minute)(socket, request)));
    const first = ask();
    await eventually(() => upstream.arrived.length === 1);
    await clock.advance(0.4);
    release();
    await first;
    expect(ttls).toEqual([60_000]);
  });

  it.each(['no-store; max-age=60', 'private; max-age=60'])('%s is not kept', async (value) => {
    const { ask } = await start(control(value));
    expect([await ask(), await ask()]).toEqual(['1', '2']);
  });

  it.each(['max-stale=soon', 'max-stale=10x'])('%s allows nothing', async (value) => {
    const { ask, clock } = await start({ ...minute, etag: '"1"' });
    await ask();
    await clock.advance(61_000);
    expect(await ask(sending('cache-control', value))).toBe('2');
  });

  it.each([
    ['thousands of directives', Array.from({ length: 900 }, (_, index) => `x${index}="a\\"`).join()],
    ['quotes without an end', '="'.repeat(3000)],
    ['names of an object', '__proto__=1, constructor, max-age=60'],
  ])('in %s are read at once', async (_what, value) => {
    const { ask } = await start(control(value));
    const begun = performance.now();
    await ask();
    await ask();
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});

describe('a change by other ways of the client', () => {
  it('by fetch takes the kept answer away', async () => {
    const { ask, http } = await start(minute);
    await ask();
    await createResilientFetch(http)(`${upstream.url}/a`, { method: 'POST' });
    expect(await ask()).toBe('3');
  });

  it('by its interceptor takes the kept answer away', async () => {
    const { ask, http } = await start(minute);
    await ask();
    const agent = new Agent();
    const dispatcher = agent.compose(resilienceInterceptor(http));
    const { body } = await request(`${upstream.url}/a`, { method: 'POST', dispatcher });
    await body.dump();
    await agent.close();
    expect(await ask()).toBe('3');
  });
});

describe('a change over endpoints with a path', () => {
  const endpoints = () => ({ baseUrl: undefined, endpoints: [`${upstream.url}/api`] });

  it('takes away what its answer names', async () => {
    const { ask, http } = await start(minute, { http: endpoints() });
    await ask({ url: '/orders/1' });
    play(
      answer(201, '', { location: '/api/orders/1' }),
      numbered(() => minute),
    );
    await http.post('/orders');
    expect(await ask({ url: '/orders/1' })).toBe('3');
  });

  it('takes away the place to which it was redirected', async () => {
    const { ask, http } = await start(minute, { http: endpoints() });
    await ask();
    play(
      redirect(307, '/api/a'),
      answer(200),
      numbered(() => minute),
    );
    await http.put('/b');
    expect(await ask()).toBe('4');
  });
});

describe('a store', () => {
  it.each([
    { etag: 5, 'last-modified': 'Tue, 01 Jan 2019 00:00:00 GMT' },
    { etag: {}, pragma: 1 },
  ])('that brings back the headers %j brings back nothing', async (headers) => {
    const { data, store } = memoryStore();
    const { ask } = await start({ ...control('no-cache'), etag: '"1"' }, { options: { cache: { store } } });
    for (const method of ['GET', 'HEAD']) await ask({ method });
    for (const [key, text] of data) {
      const kept = JSON.parse(text) as { value: { record: object } };
      const record = { ...kept.value.record, headers };
      data.set(key, JSON.stringify({ ...kept, value: { ...kept.value, record } }));
    }
    for (const method of ['GET', 'HEAD']) {
      await ask({ method });
      expect(lastHeaders()).not.toHaveProperty('if-none-match');
      expect(lastHeaders()).not.toHaveProperty('if-modified-since');
    }
  });

  it.each<[string, () => unknown]>([
    ['fails', () => Promise.reject(new Error('down'))],
    ['hangs', () => new Promise(() => undefined)],
  ])('that %s is left alone by what takes answers away, too, and loses them later', async (_how, answers) => {
    const { data, store } = memoryStore();
    let isDown = false;
    let asked = 0;
    const deleted: CacheStore = {
      ...store,
      get: (key) => (isDown ? answers() : store.get(key)),
      delete: (key) => (isDown ? (asked++, answers()) : store.delete(key)),
    };
    const { ask, http, clock } = await start(minute, { options: { cache: { store: deleted } } });
    await ask();
    isDown = true;
    for (let change = 0; change < 9; change++) {
      await http.post('/a');
      await clock.advance(250);
    }
    expect(asked).toBe(1);
    isDown = false;
    await clock.advance(5_000);
    expect(data.size).toBe(1);
    expect(await ask()).toBe('11');
    expect(await ask()).toBe('11 hit');
  });
});
