import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import {
  createResilientFetch,
  InvalidRequestException,
  ResilienceCache,
  ResilienceEvents,
} from 'nestjs-breakwater';
import type { HttpClientOptions } from 'nestjs-breakwater';
import { ManualClock } from 'nestjs-breakwater/testing';
import { refusedUrl, startServers } from '../../../support/endpoint-servers.js';
import { answer, answerJson, echo, redirect } from '../../../support/fault-server/fault-server.js';
import { eventually, startHttp, stopHttp } from '../../../support/http-application.js';

const [a, b, c] = await startServers(3);
const servers = [a, b, c];
const refused = await refusedUrl();
beforeEach(() => {
  for (const server of servers) server.play(echo);
});
afterEach(stopHttp);
afterAll(() => Promise.all(servers.map((server) => server.stop())));

/** The servers to which calls went, one letter each. */
const letter = ({ url }: { url: string }) => 'abc'[servers.findIndex((server) => url.startsWith(server.url))];

async function lettersOf(http: { get: (url: string) => Promise<{ url: string }> }, calls: number) {
  let letters = '';
  for (let call = 0; call < calls; call++) letters += letter(await http.get('/'));
  return letters;
}

describe('`balance`', () => {
  const endpoints = servers.map(({ url }) => url);

  it("is 'ordered' by default: every call begins with the first endpoint", async () => {
    const { http } = await startHttp({ endpoints });
    await expect(lettersOf(http, 4)).resolves.toBe('aaaa');
  });

  it("'round-robin' begins with each in turn", async () => {
    const { http } = await startHttp({ endpoints, balance: 'round-robin' });
    await expect(lettersOf(http, 7)).resolves.toBe('abcabca');
  });

  it('spreads calls that begin together as well', async () => {
    const { http } = await startHttp({ endpoints, balance: 'round-robin' });
    const results = await Promise.all([1, 2, 3, 4].map(() => http.get('/')));
    expect(results.map(letter).join('')).toBe('abca');
  });

  it('shares the calls for an open circuit out among the others', async () => {
    const { http, circuits } = await startHttp({ endpoints, balance: 'round-robin' });
    await lettersOf(http, 3);
    circuits.get(`http[${a.url}]`)?.forceOpen();
    await expect(lettersOf(http, 4)).resolves.toBe('bcbc');
  });

  it('goes on from its own beginning with retries', async () => {
    b.play(answer(503));
    const { http } = await startHttp({ endpoints, balance: 'round-robin' });
    await expect(lettersOf(http, 3)).resolves.toBe('acc');
  });
});

describe('an endpoint', () => {
  it('may have a path, a query and credentials of its own, as a `baseUrl` may', async () => {
    const withCredentials = b.url.replace('http://', 'http://user:secret@');
    const { http } = await startHttp({ endpoints: [`${refused}/v1?x=1`, `${withCredentials}/v2/?y=2`] });
    const { data, url } = await http.get('/things?q=1', { query: { z: 3 } });
    expect(url).toBe(`${b.url}/v2/things`);
    expect(data).toMatchObject({
      path: '/v2/things?y=2&q=1&z=3',
      headers: { authorization: `Basic ${Buffer.from('user:secret').toString('base64')}` },
    });
  });

  it('is not given the credentials of another one, but those of the client', async () => {
    const withCredentials = refused.replace('http://', 'http://user:secret@');
    const { http } = await startHttp({ endpoints: [withCredentials, b.url] });
    const { data } = await http.get<{ headers: object }>('/');
    expect(data.headers).not.toHaveProperty('authorization');
    const own = await http.get('/', { headers: { authorization: 'Bearer mine' } });
    expect(own.data).toMatchObject({ headers: { authorization: 'Bearer mine' } });
  });

  it("has its hooks, header functions and token asked for each attempt, with that attempt's URL", async () => {
    const urls: string[] = [];
    const { http } = await startHttp({
      endpoints: [refused, b.url],
      headers: {
        'x-url': ({ url, attempt, lastError }) => `${attempt} ${url} ${lastError instanceof Error}`,
      },
      auth: { token: () => 'token' },
      onRequest: ({ url }) => void urls.push(url),
    });
    const { data } = await http.get('/things');
    expect(urls).toEqual([`${refused}/things`, `${b.url}/things`]);
    expect(data).toMatchObject({
      headers: { 'x-url': `2 ${b.url}/things true`, authorization: 'Bearer token' },
    });
  });

  it('is not chosen for an absolute URL, or below the `baseUrl` of a request', async () => {
    const { http } = await startHttp({ endpoints: [a.url, b.url] });
    await expect(http.get(`${b.url}/there`)).resolves.toMatchObject({ url: `${b.url}/there` });
    await expect(http.get('/there', { baseUrl: c.url })).resolves.toMatchObject({ url: `${c.url}/there` });
    await expect(http.get(c.url)).rejects.toThrow(/a path, or a URL of one of the endpoints/);
  });

  it('gets what is set on the client also by an absolute URL, and another origin does not', async () => {
    const { http } = await startHttp({
      endpoints: [a.url, b.url],
      allowAbsoluteUrls: true,
      headers: { 'x-tenant': '7' },
    });
    await expect(http.get(b.url)).resolves.toMatchObject({ data: { headers: { 'x-tenant': '7' } } });
    const { data } = await http.get<{ headers: object }>(c.url);
    expect(data.headers).not.toHaveProperty('x-tenant');
  });

  it('is the own origin of a redirect from another one, which an outsider is not', async () => {
    const headers = { 'x-tenant': '7', authorization: 'Bearer mine' };
    const { http } = await startHttp({ endpoints: [a.url, b.url], headers });
    a.play(redirect(307, `${b.url}/moved`));
    const inside = await http.post('/', { id: 1 });
    expect(inside).toMatchObject({ url: `${b.url}/moved`, data: { headers, body: '{"id":1}' } });
    a.play(redirect(307, `${c.url}/moved`));
    const outside = await http.get<{ headers: object }>('/');
    expect(outside.data.headers).not.toHaveProperty('x-tenant');
    expect(outside.data.headers).not.toHaveProperty('authorization');
  });

  it('is not moved on from where it has redirected to a place that refuses connections', async () => {
    a.play(redirect(302, `${refused}/gone`));
    const { http } = await startHttp({ endpoints: [a.url, b.url], retry: false });
    await expect(http.get('/')).rejects.toMatchObject({ url: `${refused}/gone` });
    expect(b.arrived).toHaveLength(0);
  });

  it('has the circuit of its own key where a function makes the keys', async () => {
    const key = ({ url }: { url: URL }) => `port ${url.port}`;
    const { http, circuits } = await startHttp({
      endpoints: [refused, b.url],
      circuitBreaker: { failureThreshold: 1, key },
    });
    await http.get('/');
    expect(circuits.get(`http[port ${new URL(refused).port}]`)?.state).toBe('open');
    expect(circuits.get(`http[port ${new URL(b.url).port}]`)?.state).toBe('closed');
  });

  it('whose quota is used up is left alone while another one has some', async () => {
    const clock = new ManualClock();
    const { http } = await startHttp({ endpoints: [a.url, b.url], rateLimit: 'server' }, { clock });
    a.play(answerJson(200, 'last', { ratelimit: '"d";r=0;t=30' }));
    await http.get('/');
    await expect(http.get('/')).resolves.toMatchObject({ url: `${b.url}/` });
    await clock.advance(30_000);
    await expect(http.get('/')).resolves.toMatchObject({ url: `${a.url}/` });
  });

  it('has no part in the key of a cache: an answer is that of the URL before the choice', async () => {
    const { http, module } = await startHttp({
      endpoints: [a.url, b.url],
      balance: 'round-robin',
      cache: { ttl: '1m', name: 'things' },
    });
    const first = await http.get('/things');
    await expect(http.get('/things')).resolves.toMatchObject({ url: first.url, cache: 'hit' });
    expect(b.arrived).toHaveLength(0);
    await module.get(ResilienceCache).delete('things', '/things');
    await expect(http.get('/things')).resolves.toMatchObject({ url: `${b.url}/things` });
  });

  it('is found by `createResilientFetch` too, for a relative URL', async () => {
    const { http } = await startHttp({ endpoints: [refused, b.url] });
    const response = await createResilientFetch(http)('/things', { method: 'POST', body: 'text' });
    expect(response.url).toBe(`${b.url}/things`);
    await expect(response.json()).resolves.toMatchObject({ method: 'POST', body: 'text' });
  });
});

describe('a function for `endpoints`', () => {
  const refresh = '30s';

  async function start(find: () => Promise<(string | URL)[]>, http: HttpClientOptions = {}) {
    const clock = new ManualClock();
    let asked = 0;
    const endpoints = () => (asked++, find());
    const app = await startHttp({ endpoints, timeout: false, retry: false, ...http }, { clock });
    const failures: unknown[] = [];
    app.module
      .get(ResilienceEvents)
      .on('endpoints.refresh-failed', ({ name, error }) => failures.push([name, error]));
    return { ...app, clock, failures, asked: () => asked };
  }

  it('is asked at the start, and then not before `refresh` is over', async () => {
    const { http, clock, asked } = await start(async () => [a.url], { refresh });
    expect(asked()).toBe(1);
    await http.get('/');
    await clock.advance(29_999);
    await http.get('/');
    expect(asked()).toBe(1);
  });

  it('is asked again by the first call after that, which goes on with the last list', async () => {
    const lists = [[a.url], [new URL(b.url)]];
    const { http, clock, asked } = await start(async () => lists.shift() ?? []);
    await clock.advance(30_000);
    expect(asked()).toBe(1);
    const together = await Promise.all([http.get('/'), http.get('/')]);
    expect(together.map(letter)).toEqual(['a', 'a']);
    expect(asked()).toBe(2);
    await expect(http.get('/')).resolves.toMatchObject({ url: `${b.url}/` });
  });

  it.each([
    ['fails', () => Promise.reject(new Error('no registry'))],
    ['gives an empty list', async () => []],
    ['gives something that is no list', async () => 'https://a.example.com' as never],
    ['gives what is no URL', async () => ['a.example.com']],
    ['gives two endpoints of one origin', async () => ['https://a.example.com/1', 'https://a.example.com/2']],
  ])('that %s later leaves the last list in use, and tells an event', async (_, fail) => {
    const answers: (() => Promise<string[]>)[] = [async () => [a.url], fail];
    const { http, clock, failures } = await start(() => (answers.shift() ?? fail)());
    await clock.advance(30_000);
    await expect(lettersOf(http, 3)).resolves.toBe('aaa');
    expect(failures).toEqual([['http', expect.any(Error)]]);
    await clock.advance(30_000);
    await expect(lettersOf(http, 2)).resolves.toBe('aa');
    expect(failures).toHaveLength(2);
  });

  it('that fails at the start lets the application start; calls ask again, and reject with its error', async () => {
    const error = new Error('no registry');
    let fails = true;
    const { http, asked } = await start(() => (fails ? Promise.reject(error) : Promise.resolve([a.url])));
    await expect(Promise.all([http.get('/'), http.get('/')])).rejects.toBe(error);
    expect(asked()).toBe(2);
    fails = false;
    await expect(http.get('/')).resolves.toMatchObject({ url: `${a.url}/` });
  });

  it('that fails at the start is told of in a warning', async () => {
    const lines: unknown[] = [];
    const warn = Logger.prototype.warn;
    Logger.prototype.warn = (line: unknown) => void lines.push(line);
    await start(() => Promise.reject(new Error('no registry'))).finally(() => (Logger.prototype.warn = warn));
    expect(lines).toEqual(["The endpoints of 'http' are not known, the next call asks again: no registry"]);
  });

  it('whose list is wrong at the start has its calls reject with what is wrong', async () => {
    const { http } = await start(async () => []);
    const error: unknown = await http.get('/').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvalidRequestException);
    expect(String(error)).toMatch(/endpoints\(\): expected a list .* got an empty list/);
  });

  it('that never answers holds up calls no longer than their limits', async () => {
    const { http, clock } = await start(() => new Promise(() => undefined), { timeout: { total: 5000 } });
    const late = expect(http.get('/')).rejects.toMatchObject({ code: 'RESILIENCE_TIMEOUT', scope: 'total' });
    const gone = new AbortController();
    const aborted = expect(http.get('/', { signal: gone.signal })).rejects.toThrow('enough');
    gone.abort(new Error('enough'));
    await aborted;
    await clock.advance(5000);
    await late;
  });

  it('that never answers is put aside after `refresh`: the next call asks once more', async () => {
    const answers = [new Promise<string[]>(() => undefined), Promise.resolve([a.url])];
    const { http, clock } = await start(() => answers.shift() ?? Promise.resolve([]));
    await clock.advance(30_000);
    await expect(http.get('/')).resolves.toMatchObject({ url: `${a.url}/` });
  });

  it('lets go of the circuits of endpoints that have left the list, but for those held by hand', async () => {
    const lists = [[a.url, b.url, c.url], [c.url]];
    const { http, clock, circuits } = await start(async () => lists.shift() ?? [c.url], {
      circuitBreaker: { failureThreshold: 1, recoveryTimeout: '5m' },
    });
    a.play(answer(503));
    await http.get('/').catch(() => undefined);
    await http.get('/');
    circuits.get(`http[${b.url}]`)?.forceOpen();
    await clock.advance(30_000);
    await http.get('/');
    await eventually(() => circuits.get(`http[${a.url}]`) === undefined);
    expect(circuits.get(`http[${b.url}]`)?.state).toBe('forced-open');
  });
});
