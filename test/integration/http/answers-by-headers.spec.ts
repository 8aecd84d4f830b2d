import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { ResilienceEvents } from 'nestjs-breakwater';
import type { HttpClientOptions, HttpRequest } from 'nestjs-breakwater';
import { ManualClock } from 'nestjs-breakwater/testing';
import { answer, FaultServer, redirect, reset } from '../../support/fault-server/fault-server.js';
import { eventually, startHttp, stopHttp } from '../../support/http-application.js';
import { control, memoryStore, TellingUpstream } from '../../support/told-answers.js';
import type { Headers, Times } from '../../support/told-answers.js';

const upstream = await TellingUpstream.start();
const other = await FaultServer.start();
afterAll(() => Promise.all([upstream.stop(), other.stop()]));
afterEach(stopHttp);

const { play, playAt, numbered, application: start } = upstream;
const count = () => upstream.arrived.length;
const asking = (value: string) => ({ headers: control(value) });
const lastHeaders = () => upstream.lastHeaders;

describe('an answer that says how long it may be used', () => {
  it('is kept for that time', async () => {
    const { ask, clock } = await start(control('max-age=60'));
    expect([await ask(), await ask()]).toEqual(['1', '1 hit']);
    await clock.advance(59_999);
    expect(await ask()).toBe('1 hit');
    await clock.advance(1);
    expect(await ask()).toBe('2');
  });

  it('is as old as it says', async () => {
    const { ask, clock, http } = await start({ ...control('max-age=60'), age: '50' });
    await ask();
    await clock.advance(5_000);
    expect((await http.get('/a')).headers.age).toBe('55');
    await clock.advance(5_000);
    expect(await ask()).toBe('2');
  });

  it.each<[string, Headers]>([
    ['in capitals', control('Max-Age=60')],
    ['in quotes', control('max-age="60"')],
    ['twice, where the first one counts', control('max-age=60, max-age=0')],
    ['beside directives that nobody knows', control('x="a, max-age=0", max-age=60')],
    ['with must-revalidate, which speaks of stale answers alone', control('max-age=60, must-revalidate')],
    ['with proxy-revalidate', control('max-age=60, proxy-revalidate')],
    ['for shared caches', control('s-maxage=60, max-age=0')],
  ])('may say it %s', async (_how, headers) => {
    const { ask, clock } = await start(headers);
    await ask();
    await clock.advance(59_000);
    expect(await ask()).toBe('1 hit');
    await clock.advance(1_000);
    expect(await ask()).toBe('2');
  });

  it('may say it with Expires, which counts from its date, whatever the clock here says', async () => {
    const { ask, clock } = await start({
      date: 'Tue, 01 Jan 2030 00:00:00 GMT',
      expires: 'Tue, 01 Jan 2030 00:01:00 GMT',
    });
    await ask();
    await clock.advance(59_000);
    expect(await ask()).toBe('1 hit');
    await clock.advance(1_000);
    expect(await ask()).toBe('2');
  });

  it('may say Expires without a date: it is given that of its arrival', async () => {
    const clock = new ManualClock();
    const expires = new Date(clock.wallNow() + 60_000).toUTCString();
    const { ask, clock: own } = await start({ expires });
    await ask();
    await own.advance(58_000);
    expect(await ask()).toBe('1 hit');
    await own.advance(2_000);
    expect(await ask()).toBe('2');
  });

  it.each<[string, Headers]>([
    ['no-store', control('no-store, max-age=60')],
    ['NO-STORE', control('NO-STORE, max-age=60')],
    ['private, where no key tells users apart', control('private, max-age=60')],
    ['private for a field', control('private="x", max-age=60')],
    ['max-age=0', control('max-age=0')],
    ['no time that is one', control('max-age=soon')],
    ['Expires: 0', { expires: '0' }],
    ['Vary: *', { ...control('max-age=60'), vary: '*' }],
    ['a cookie', { ...control('public, max-age=60'), 'set-cookie': 'a=1' }],
    ['nothing', {}],
    ['a date long ago, as no time is guessed', { date: 'Tue, 01 Jan 2030 00:00:00 GMT' }],
    ['immutable without a time', control('immutable')],
  ])('is not kept where it says %s', async (_what, headers) => {
    const { ask, cache } = await start(headers);
    expect([await ask(), await ask()]).toEqual(['1', '2']);
    expect(cache.stats()).toMatchObject([{ entries: 0, miss: 2 }]);
  });

  it('is kept for no longer than its validator allows without a question, never by a guess', async () => {
    const { ask } = await start({ 'last-modified': 'Tue, 01 Jan 2019 00:00:00 GMT' });
    expect([await ask(), await ask()]).toEqual(['1', '2']);
  });

  it('takes the place of the old one also where it must not be kept', async () => {
    const { ask, clock } = await start(control('max-age=60'), { times: { staleIfError: '1h' } });
    await ask();
    await clock.advance(60_000);
    play(numbered(control('no-store')));
    expect(await ask()).toBe('2');
    play(reset);
    await expect(ask()).rejects.toThrow();
  });
});

describe('the time to live of the options', () => {
  it('holds where the headers say nothing, also below a second', async () => {
    const { ask, clock } = await start({}, { times: { ttl: 500 } });
    await ask();
    await clock.advance(499);
    expect(await ask()).toBe('1 hit');
    await clock.advance(1);
    expect(await ask()).toBe('2');
  });

  it.each([
    control('max-age=10'),
    { expires: '0' },
    control('no-cache'),
    control('no-store'),
    { pragma: 'no-cache' },
  ])('does not hold beside %j', async (headers) => {
    const { ask, clock } = await start(headers, { times: { ttl: '1h' } });
    await ask();
    await clock.advance(10_000);
    expect(await ask()).toBe('2');
  });

  it.each([
    ['is kept for it', {}, '1h', ['1', '1 hit']],
    ['is kept for it, whatever the time of the other place', control('max-age=0'), '1h', ['1', '1 hit']],
    ['is not kept without', control('max-age=600'), undefined, ['1', '2']],
    ['is not kept where that is forbidden', control('no-store'), '1h', ['1', '2']],
    ['is not kept where it would have to be asked about', control('no-cache'), '1h', ['1', '2']],
  ] as const)('a redirected answer %s', async (_what, headers, ttl, answers) => {
    const { ask } = await start({}, { times: { ttl } });
    play(redirect(302, `${other.url}/b`));
    other.play((socket, request) =>
      answer(200, `${other.arrived.length}`, { etag: '"1"', ...headers })(socket, request),
    );
    expect([await ask(), await ask()]).toEqual(answers);
    expect(other.arrived.every((request) => request.headers['if-none-match'] === undefined)).toBe(true);
  });
});

describe('a request', () => {
  it.each<[string, Partial<HttpRequest>]>([
    ['no-cache', asking('no-cache')],
    ['No-Cache', asking('No-Cache')],
    ['pragma: no-cache', { headers: { pragma: 'no-cache' } }],
    ['a younger answer', asking('max-age=10')],
    ['max-age=0', asking('max-age=0')],
    ['one that stays fresh for longer', asking('min-fresh=50')],
    ['nothing to be kept', asking('no-store')],
  ])('that wants %s is sent', async (_what, request) => {
    const { ask, clock } = await start(control('max-age=60'));
    await ask();
    await clock.advance(20_000);
    expect(await ask(request)).toBe('2');
  });

  it.each(['max-age=30', 'min-fresh=40', 'max-stale=9', 'x=1'])('with %s is answered', async (directive) => {
    const { ask, clock } = await start(control('max-age=60'));
    await ask();
    await clock.advance(20_000);
    expect(await ask(asking(directive))).toBe('1 hit');
  });

  it('that wants nothing kept leaves what was kept', async () => {
    const { ask } = await start(control('max-age=60'));
    await ask();
    await ask(asking('no-store'));
    expect(await ask()).toBe('1 hit');
  });

  it('may take an answer that is stale', async () => {
    const { ask, clock } = await start({ ...control('max-age=60'), etag: '"1"' });
    await ask();
    await clock.advance(70_000);
    expect(await ask(asking('max-stale'))).toBe('1 hit');
    expect(await ask(asking('max-stale=11'))).toBe('1 hit');
    expect(await ask(asking('max-stale=10'))).toBe('2');
  });

  it('may not where the answer forbids it', async () => {
    const { ask, clock } = await start({ ...control('max-age=60, must-revalidate'), etag: '"1"' });
    await ask();
    await clock.advance(70_000);
    expect(await ask(asking('max-stale'))).toBe('2');
  });

  it('that wants a kept answer or none fails with 504 where there is none, and is not sent', async () => {
    const { ask } = await start(control('max-age=60'));
    await expect(ask(asking('only-if-cached'))).rejects.toMatchObject({ upstreamStatus: 504 });
    expect(count()).toBe(0);
    await ask();
    expect(await ask(asking('only-if-cached'))).toBe('1 hit');
  });
});

describe('an answer with a validator', () => {
  const validated = (headers: Headers = {}) =>
    start({ ...control('max-age=60'), etag: '"1"', 'x-a': 'old', age: '7', ...headers });

  it('is asked about once it is stale, and holds for another time after a 304', async () => {
    const { http, ask, clock } = await validated();
    await ask();
    await clock.advance(60_000);
    play(answer(304, '', { ...control('max-age=100'), etag: '"1"', 'x-a': 'new', 'x-b': 'b' }));
    const renewed = await http.get('/a');
    expect(lastHeaders()['if-none-match']).toBe('"1"');
    expect(renewed).toMatchObject({
      status: 200,
      data: '1',
      attempts: 1,
      headers: { 'x-a': 'new', 'x-b': 'b' },
    });
    expect(renewed).not.toHaveProperty('cache');
    await clock.advance(99_000);
    expect(await http.get('/a')).toMatchObject({
      cache: 'hit',
      headers: { age: '99', 'x-a': 'new', etag: '"1"' },
    });
    expect(count()).toBe(2);
  });

  it('is renewed by a 304 that says nothing else', async () => {
    const { ask, clock } = await validated();
    await ask();
    await clock.advance(60_000);
    play(answer(304));
    expect([await ask(), await ask()]).toEqual(['1', '1 hit']);
  });

  it('may be one of a time', async () => {
    const modified = 'Tue, 01 Jan 2019 00:00:00 GMT';
    const { ask, clock } = await start({ ...control('max-age=60'), 'last-modified': modified });
    await ask();
    await clock.advance(60_000);
    play(answer(304, '', { 'last-modified': modified }));
    expect(await ask()).toBe('1');
    expect(lastHeaders()).toMatchObject({ 'if-modified-since': modified });
  });

  it.each([control('no-cache'), {}, control('max-age=0, must-revalidate'), control('max-age=60, no-cache')])(
    'is asked about each time with %j',
    async (headers) => {
      const { ask } = await start((request) => ({ ...headers, etag: `"${request.path}"` }));
      await ask();
      play(answer(304));
      expect([await ask(), await ask()]).toEqual(['1', '1']);
      expect(upstream.arrived.map((request) => request.headers['if-none-match'])).toEqual([
        undefined,
        '"/a"',
        '"/a"',
      ]);
    },
  );

  it('gives way to a new one', async () => {
    const { ask, clock } = await validated();
    await ask();
    await clock.advance(60_000);
    play(numbered({ ...control('max-age=60'), etag: '"2"' }));
    expect([await ask(), await ask()]).toEqual(['2', '2 hit']);
  });

  it('is asked for anew where a 304 speaks of another one', async () => {
    const { ask, clock } = await validated();
    await ask();
    await clock.advance(60_000);
    play(answer(304, '', { etag: '"9"' }), numbered({ etag: '"2"' }));
    expect(await ask()).toBe('3');
    expect(lastHeaders()['if-none-match']).toBeUndefined();
  });

  it('of one place is no matter of another one', async () => {
    const { ask, clock } = await validated();
    await ask();
    await clock.advance(60_000);
    play(redirect(302, `${other.url}/b`));
    other.play(answer(200, 'elsewhere'));
    expect(await ask()).toBe('elsewhere');
    expect(other.arrived[0].headers['if-none-match']).toBeUndefined();
  });

  it('is asked about by each attempt', async () => {
    const { ask, clock } = await start(
      { ...control('max-age=60'), etag: '"1"' },
      { http: { retry: { baseDelay: 0 } } },
    );
    await ask();
    await clock.advance(60_000);
    play(answer(503), answer(304));
    const asked = ask();
    await eventually(() => count() === 2);
    await clock.advance(100);
    expect(await asked).toBe('1');
    expect(lastHeaders()['if-none-match']).toBe('"1"');
  });

  it('is not asked about in the words of the request', async () => {
    const { http } = await validated();
    await http.get('/a');
    play(answer(304));
    const own = http.get('/a', { headers: { 'if-none-match': '"own"' } });
    await expect(own).rejects.toMatchObject({ upstreamStatus: 304 });
    expect(lastHeaders()['if-none-match']).toBe('"own"');
  });

  it('is asked about by hooks and tokens as any other request', async () => {
    const seen: unknown[] = [];
    const { ask, clock } = await start(
      { ...control('max-age=60'), etag: '"1"' },
      {
        http: {
          auth: { token: () => 'ada' },
          onResponse: ({ status }) => void seen.push(status),
        },
      },
    );
    await ask();
    await clock.advance(60_000);
    play(answer(304));
    expect(await ask()).toBe('1');
    expect(lastHeaders()).toMatchObject({ 'if-none-match': '"1"', authorization: 'Bearer ada' });
    expect(seen).toEqual([200, 304]);
  });

  it('stays for a day after its time, and leaves then', async () => {
    const { ask, clock } = await validated({ age: '0' });
    await ask();
    await clock.advance(60_000 + 24 * 3_600_000);
    await ask();
    expect(lastHeaders()['if-none-match']).toBeUndefined();
  });
});

describe('a clock that ticks late, as the event loop was blocked', () => {
  it('makes no answer fresh that has to be asked about', async () => {
    let isBlocking = false;
    const block = () => {
      const end = performance.now() + 30;
      while (isBlocking && performance.now() < end);
    };
    const cache = { respect: 'headers' as const };
    const { http } = await startHttp({ baseUrl: upstream.url, cache, onResponse: block });
    play(answer(200, 'x', { ...control('no-cache'), etag: '"1"' }));
    // a connection is open by then, and the next request takes less than a tick
    for (let warm = 0; warm < 20; warm++) await http.get(`/warm/${warm}`);
    isBlocking = true;
    await http.get('/a');
    expect(await http.get('/a')).toMatchObject({ data: 'x', attempts: 1 });
  });
});

describe('answers that vary', () => {
  const byTenant = { ...control('max-age=60'), vary: 'X-Tenant, Accept-Encoding' };
  const of = (tenant: string) => ({ headers: { 'x-tenant': tenant } });

  it('are an answer each', async () => {
    const { ask } = await start(byTenant);
    expect([await ask(of('ada')), await ask(of('ada'))]).toEqual(['1', '1 hit']);
    expect([await ask(of('bob')), await ask(of('bob')), await ask()]).toEqual(['2', '2 hit', '3']);
    expect([await ask(of('ada')), await ask()]).toEqual(['1 hit', '3 hit']);
  });

  it('never reach another request at the same time', async () => {
    const { ask } = await start((request) => ({ ...byTenant, 'x-of': request.headers['x-tenant'] ?? '' }));
    play((socket, request) => answer(200, request.headers['x-tenant'], byTenant)(socket, request));
    const tenants = ['ada', 'bob', 'eve', 'ada', 'bob', 'eve'];
    const told = await Promise.all(tenants.map((tenant) => ask(of(tenant))));
    expect(told.map((text) => text.split(' ')[0])).toEqual(tenants);
    expect(count()).toBe(3);
  });

  it('leave together', async () => {
    const { ask, cache } = await start(byTenant);
    await ask(of('ada'));
    await ask(of('bob'));
    await cache.delete('http', '/a');
    expect([await ask(of('ada')), await ask(of('bob'))]).toEqual(['3', '4']);
  });

  it('vary by what functions say', async () => {
    let tenant = 'ada';
    const { ask } = await start(byTenant, {
      http: { headers: { 'x-tenant': () => Promise.resolve(tenant) } },
    });
    expect([await ask(), await ask()]).toEqual(['1', '1 hit']);
    tenant = 'bob';
    expect([await ask(), await ask()]).toEqual(['2', '2 hit']);
    expect(lastHeaders()['x-tenant']).toBe('bob');
  });

  it('vary by what a hook has sent, of which no key can know: such an answer is for nobody else', async () => {
    let tenant = 'ada';
    const { ask } = await start(byTenant, {
      http: { onRequest: ({ headers }) => void (headers['x-tenant'] = tenant) },
      times: { key: ({ url }) => url.pathname },
    });
    expect(await ask()).toBe('1');
    tenant = 'bob';
    expect(await ask()).toBe('2');
    tenant = 'ada';
    expect(await ask()).toBe('3');
  });
});

describe('whose answers they are', () => {
  it.each<[string, HttpClientOptions, Partial<HttpRequest>]>([
    ['authorization', {}, { headers: { authorization: 'Bearer ada' } }],
    ['a cookie', {}, { headers: { cookie: 'user=ada' } }],
    ['a token of the client', { auth: { token: () => 'ada' } }, {}],
  ])('a private one is kept where %s is in its key', async (_what, http, request) => {
    const { ask } = await start(control('private, max-age=60'), { http });
    expect([await ask(request), await ask(request)]).toEqual(['1', '1 hit']);
    const foreign = { headers: { authorization: 'Bearer bob', cookie: 'user=bob' } };
    expect(await ask(foreign)).toBe('2');
  });

  it.each([
    ['is not kept', 'max-age=60', '2'],
    ['is not kept if it is private', 'private, max-age=60', '2'],
    ['is kept if it is public', 'public, max-age=60', '1 hit'],
    ['is kept with s-maxage', 's-maxage=60', '1 hit'],
    ['is kept with must-revalidate', 'max-age=60, must-revalidate', '1 hit'],
  ])('one to an authorized request whose key says nothing of that %s: %s', async (_what, header, second) => {
    const { ask } = await start(control(header), { times: { varyBy: [] } });
    await ask({ headers: { authorization: 'Bearer ada' } });
    expect(await ask({ headers: { authorization: 'Bearer bob' } })).toBe(second);
  });

  it('a private cache ignores s-maxage', async () => {
    const { ask, clock } = await start(control('s-maxage=1, max-age=60'));
    const request = { headers: { authorization: 'Bearer ada' } };
    await ask(request);
    await clock.advance(30_000);
    expect(await ask(request)).toBe('1 hit');
  });

  it('the tenant is part of the key', async () => {
    let tenant = 'ada';
    const { ask } = await start(control('max-age=60'), { options: { cache: { partition: () => tenant } } });
    await ask();
    tenant = 'bob';
    expect(await ask()).toBe('2');
  });

  it.each(['no-store', 'private', 'no-cache'])(
    'those that wait for an answer with %s ask for their own',
    async (directive) => {
      const { ask } = await start(control(directive));
      expect((await Promise.all([ask(), ask(), ask()])).sort()).toEqual(['1', '2', '3']);
    },
  );

  it('those that wait share an answer that may be kept', async () => {
    const { ask } = await start(control('max-age=60'));
    expect(await Promise.all([ask(), ask()])).toEqual(['1', '1 coalesced']);
  });
});

describe('a stale answer', () => {
  const shortly = 'max-age=60';

  it.each<[string, string, Times]>([
    ['the answer', `${shortly}, stale-if-error=600`, {}],
    ['the options', shortly, { staleIfError: '10m' }],
    ['the answer, before the options', `${shortly}, Stale-If-Error=600`, { staleIfError: '1h' }],
  ])('stands in for a failure for as long as %s says', async (_who, header, times) => {
    const { ask, clock } = await start(control(header), { times });
    await ask();
    await clock.advance(60_000);
    play(reset);
    expect(await ask()).toBe('1 stale');
    play(answer(503));
    expect(await ask()).toBe('1 stale');
    play(answer(404));
    await expect(ask()).rejects.toMatchObject({ upstreamStatus: 404 });
    play(reset);
    await clock.advance(599_999);
    expect(await ask()).toBe('1 stale');
    await clock.advance(1);
    await expect(ask()).rejects.toThrow();
  });

  it('is told as an event, with its age', async () => {
    const { ask, clock, module } = await start(control(`${shortly}, stale-if-error=600`));
    const told: unknown[] = [];
    module.get(ResilienceEvents).on('cache.stale-served', ({ name, age }) => told.push([name, age]));
    await ask();
    await clock.advance(70_000);
    play(reset);
    await ask();
    expect(told).toEqual([['http', 70_000]]);
  });

  it.each<[string, string]>([
    ['must-revalidate', `${shortly}, must-revalidate`],
    ['Must-Revalidate', `${shortly}, Must-Revalidate, stale-if-error=600`],
    ['proxy-revalidate', `${shortly}, proxy-revalidate`],
    ['s-maxage', 's-maxage=60'],
    ['no-cache', 'no-cache'],
  ])('does not where the answer says %s, whatever the options say', async (_what, header) => {
    const times = { staleIfError: '1h', staleWhileRevalidate: '1h' } as const;
    const { ask, clock } = await start({ ...control(header), etag: '"1"' }, { times });
    await ask();
    await clock.advance(60_000);
    play(reset);
    await expect(ask()).rejects.toThrow();
  });

  it('does where the answer itself allows it beside s-maxage', async () => {
    const { ask, clock } = await start(control('s-maxage=60, stale-if-error=60'));
    await ask();
    await clock.advance(60_000);
    play(reset);
    expect(await ask()).toBe('1 stale');
  });

  it('may be wished for by the request', async () => {
    const { ask, clock } = await start({ ...control(shortly), etag: '"1"' });
    await ask();
    await clock.advance(90_000);
    play(reset);
    await expect(ask()).rejects.toThrow();
    expect(await ask(asking('stale-if-error=60'))).toBe('1 stale');
  });

  it.each<[string, string, Times]>([
    ['the answer', `${shortly}, stale-while-revalidate=600`, {}],
    ['the options', shortly, { staleWhileRevalidate: '10m' }],
  ])('is renewed behind for as long as %s says', async (_who, header, times) => {
    const { ask, clock } = await start({ ...control(header), etag: '"1"' }, { times });
    await ask();
    await clock.advance(70_000);
    play(answer(304));
    expect([await ask(), await ask()]).toEqual(['1 stale', '1 stale']);
    await eventually(() => count() === 2);
    expect(lastHeaders()['if-none-match']).toBe('"1"');
    await new Promise((resolve) => setImmediate(resolve));
    expect(await ask()).toMatch(/^1/);
    await clock.advance(670_000);
    play(numbered(control(header)));
    expect(await ask()).toBe('3');
  });

  it('is not given to a request that wants none', async () => {
    const { ask, clock } = await start(control(`${shortly}, stale-while-revalidate=600`));
    await ask();
    await clock.advance(70_000);
    expect(await ask(asking('no-cache'))).toBe('2');
  });
});

describe('a change', () => {
  const start60 = () => start(control('max-age=60'));

  it.each(['post', 'put', 'patch', 'delete'] as const)('by %s takes the kept answer away', async (method) => {
    const { ask, http } = await start60();
    await ask();
    playAt('/a', answer(201), numbered(control('max-age=60')));
    await http[method]('/a');
    expect(await ask()).toBe('3');
  });

  it.each(['options', 'head'] as const)('is none by %s', async (method) => {
    const { ask, http } = await start60();
    await ask();
    await http[method]('/a');
    expect(await ask()).toBe('1 hit');
  });

  it.each([400, 404, 500])('is none with status %d', async (status) => {
    const { ask, http } = await start60();
    await ask();
    play(answer(status));
    await expect(http.post('/a', { json: {} })).rejects.toMatchObject({ upstreamStatus: status });
    expect(await ask()).toBe('1 hit');
  });

  it('takes all variants away, and no other URL', async () => {
    const { ask, http } = await start60();
    const german = { headers: { 'accept-language': 'de' } };
    for (const request of [{}, german, { url: '/ab' }]) await ask(request);
    await http.delete('/a');
    expect([await ask(), await ask(german), await ask({ url: '/ab' })]).toEqual(['5', '6', '3 hit']);
  });

  it('takes away what its answer names, of the same origin', async () => {
    const { ask, http } = await start60();
    for (const url of ['/b', '/c', '/d']) await ask({ url });
    play(answer(201, '', { location: '/b', 'content-location': `${upstream.url}/c` }));
    await http.post('/a');
    play(numbered({}));
    expect([await ask({ url: '/b' }), await ask({ url: '/c' }), await ask({ url: '/d' })]).toEqual([
      '5',
      '6',
      '3 hit',
    ]);
    play(answer(201, '', { location: `${other.url}/d` }));
    await http.post('/a');
    expect(await ask({ url: '/d' })).toBe('3 hit');
  });

  it('is one also where its answer is a redirect', async () => {
    const { ask, http } = await start60();
    await ask();
    play(redirect(303, '/other'), numbered({}));
    await http.post('/a');
    expect(await ask()).toBe('4');
  });

  it('makes an answer under way one that is not kept', async () => {
    const { ask, http } = await start60();
    let release = () => {};
    playAt(
      '/a',
      (socket, request) => {
        release = () => void answer(200, 'old', control('max-age=60'))(socket, request);
      },
      answer(200),
      numbered({}),
    );
    const reading = ask();
    await eventually(() => count() === 1);
    await http.put('/a');
    release();
    expect(await reading).toBe('old');
    expect(await ask()).toBe('3');
  });

  it('asks a function for the key of a call once', async () => {
    const asked: string[] = [];
    const key: Times['key'] = ({ method, url }) => `${asked.push(method)} ${url.pathname}`.slice(2);
    const { ask } = await start({ ...control('max-age=60'), vary: 'x-tenant' }, { times: { key } });
    expect([await ask(), await ask()]).toEqual(['1', '1 hit']);
    expect(asked).toEqual(['GET', 'GET']);
  });

  it('finds the keys that a function makes', async () => {
    const { ask, http } = await start(control('max-age=60'), { times: { key: ({ url }) => url.pathname } });
    await ask();
    await http.post('/a');
    expect(await ask()).toBe('3');
  });
});

describe('a store', () => {
  it('keeps what says how long an answer may be used, and no credentials', async () => {
    const { data, ttls, store } = memoryStore();
    const { ask, clock, http } = await start(
      { ...control('max-age=60, stale-if-error=30'), vary: 'authorization, cookie' },
      { options: { cache: { store } } },
    );
    const request = { headers: { authorization: 'Bearer s3cret', cookie: 'user=s3cret' } };
    expect([await ask(request), await ask(request)]).toEqual(['1', '1 hit']);
    expect([...data].join('')).not.toContain('s3cret');
    expect(ttls).toEqual([90_000]);
    const [text] = data.values();
    const { storedAt, expires } = JSON.parse(text ?? '') as { storedAt: number; expires: number };
    expect(expires - storedAt).toBe(60_000);
    await clock.advance(60_000);
    play(reset);
    expect(await ask(request)).toBe('1 stale');
    expect((await http.get('/a', request)).headers.age).toBe('60');
  });

  it('is read by another process, whose clock started at another time', async () => {
    const { store } = memoryStore();
    const options = { cache: { store } };
    const headers = { ...control('max-age=60'), etag: '"1"', vary: 'x-tenant' };
    const first = await start(headers, { options });
    const request = { headers: { 'accept-language': 'de' } };
    await first.ask(request);
    const second = await start(headers, { options });
    // it has to learn first by which headers answers vary
    expect(await second.ask(request)).toBe('1');
    expect(count()).toBe(1);
    await second.clock.advance(30_000);
    expect(await second.ask(request)).toBe('1 hit');
    play(answer(304));
    await second.clock.advance(30_000);
    expect(await second.ask(request)).toBe('1');
    expect(lastHeaders()['if-none-match']).toBe('"1"');
  });

  it('loses an answer that a change has made wrong, and is not waited for', async () => {
    const { data, store } = memoryStore();
    const { ask, http } = await start(control('max-age=60'), { options: { cache: { store } } });
    await ask();
    expect(data.size).toBe(1);
    await http.post('/a');
    expect(data.size).toBe(0);
  });

  it.each([{}, null, 'x', { method: 'GET' }, { method: 'GET', status: 200, headers: {}, receivedAt: 'x' }])(
    'that brings back %j as a judgement has brought back nothing',
    async (record) => {
      const { data, store } = memoryStore();
      const { ask } = await start(control('max-age=60'), { options: { cache: { store } } });
      await ask();
      for (const [key, text] of data) {
        const kept = JSON.parse(text) as { value: object };
        data.set(key, JSON.stringify({ ...kept, value: { ...kept.value, record } }));
      }
      expect(await ask()).toBe('2');
    },
  );
});

describe("the option respect: 'headers'", () => {
  it('needs no ttl, and holds for one request too', async () => {
    const { http } = await start(control('max-age=60'), { http: { cache: false } });
    const cache = { respect: 'headers' as const };
    await http.get('/a', { cache });
    expect(await http.get('/a', { cache })).toMatchObject({ cache: 'hit' });
    await expect(http.get('/a', { cache: {} })).rejects.toThrow('cache.ttl: expected a duration');
  });

  it('is told from other values', async () => {
    await expect(startHttp({ cache: { respect: 'header' } as never })).rejects.toThrow('http.cache.respect');
  });
});
