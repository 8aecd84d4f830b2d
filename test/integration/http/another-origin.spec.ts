import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createResilientFetch, InvalidRequestException } from 'nestjs-breakwater';
import type {
  HttpClientOptions,
  HttpRequestOptions,
  HttpTransport,
  RequestHookContext,
} from 'nestjs-breakwater';
import { answer, answerJson, FaultServer, redirect, reset } from '../../support/fault-server/fault-server.js';
import { eventually, startHttp, stopHttp } from '../../support/http-application.js';

const here = await FaultServer.start();
const there = await FaultServer.start();
afterAll(() => Promise.all([here.stop(), there.stop()]));
afterEach(stopHttp);
beforeEach(() => [here, there].forEach((server) => server.play(answer(200))));

const secret = [
  ...['authorization', 'proxy-authorization', 'cookie', 'x-api-key', 'api-key', 'apikey', 'x-access-token'],
  ...[
    'private-token',
    'x-vault-token',
    'x-csrf-token',
    'x-amz-security-token',
    'idempotency-key',
    'x-tenant',
  ],
  ...['baggage', 'x-user', 'from', 'referer', 'origin', 'acceptance', 'contents', 'iffy', 'ranger'],
];
const traces = ['traceparent', 'tracestate', 'b3', 'x-b3-traceid', 'x-b3-sampled'];
const own = ['user-agent', 'accept', 'accept-language', 'accept-encoding', ...traces];
const harmless = [...own, 'content-language', 'range', 'if-none-match', 'if-modified-since'];

const valued = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, 'value']));
const carried = (server: FaultServer, names: readonly string[]) =>
  names.filter((name) => server.arrived[0]?.headers[name] === 'value');

describe('a redirect to another origin carries', () => {
  it('harmless headers and no others, whether they are the client’s or the request’s', async () => {
    const { http } = await startHttp({ headers: valued([...secret, ...harmless].slice(10)) });
    here.play(redirect(307, there.url));
    await http.get(here.url, { headers: valued([...secret, ...harmless].slice(0, 10)) });
    expect(carried(here, [...secret, ...harmless])).toEqual([...secret, ...harmless]);
    expect(carried(there, [...secret, ...harmless])).toEqual(harmless);
  });

  it.each<[string, HttpClientOptions, HttpRequestOptions, string[]]>([
    ['those that the client names', { redirectHeaders: ['X-Tenant'] }, {}, ['x-tenant']],
    [
      'those that the request names',
      { redirectHeaders: ['cookie'] },
      { redirectHeaders: ['x-user'] },
      ['x-user'],
    ],
    ['not the host', { redirectHeaders: ['host'] }, {}, []],
  ])('%s', async (_name, client, request, expected) => {
    const { http } = await startHttp({ headers: valued(secret), ...client });
    here.play(redirect(302, there.url));
    await http.get(here.url, request);
    expect(carried(there, secret)).toEqual(expected);
    expect(there.arrived[0]?.headers.host).toBe(there.url.slice(7));
  });

  it('all headers where it stays at its origin', async () => {
    const { http } = await startHttp({ headers: valued(secret) });
    here.play(redirect(302, '/elsewhere'), answer(200));
    await http.get(here.url);
    expect(Object.keys(here.arrived[1]?.headers ?? {})).toEqual(expect.arrayContaining(secret));
  });

  it('no credentials back to where it came from', async () => {
    const { http } = await startHttp({ headers: { authorization: 'value' } });
    here.play(redirect(302, there.url), answer(200));
    there.play(redirect(302, here.url));
    await http.get(here.url);
    expect(here.arrived.map(({ headers }) => headers.authorization)).toEqual(['value', undefined]);
  });

  it.each([{ redirectHeaders: 'cookie' }, { redirectHeaders: ['a b'] }, { redirectHeaders: [1] }])(
    'only what has the name of a header: %j',
    async (options) => {
      await expect(startHttp(options as never)).rejects.toMatchObject({
        problems: [{ path: 'http.redirectHeaders' }],
      });
    },
  );
});

describe('a POST with a key that a redirect leads to another origin, without it', () => {
  const post = async (client: HttpClientOptions) => {
    const { http } = await startHttp({ retry: { maxRetries: 2, baseDelay: 0, budget: false }, ...client });
    return http.post(here.url, {}, { idempotencyKey: 'key' }).catch((error: unknown) => error);
  };

  it.each([
    ['a reset', reset],
    ['503', answer(503)],
  ])('is not repeated after %s there', async (_name, behaviour) => {
    here.play(redirect(307, there.url));
    there.play(behaviour);
    await post({});
    expect(there.arrived).toHaveLength(1);
    expect(there.arrived[0]?.headers).not.toHaveProperty('idempotency-key');
  });

  it('is repeated where nothing was sent there', async () => {
    const gone = await FaultServer.start();
    here.play(redirect(307, gone.url));
    await gone.stop();
    await post({});
    expect(here.arrived).toHaveLength(3);
  });

  it('is not hedged there', async () => {
    here.play(redirect(307, there.url));
    let first = () => undefined as void;
    there.play((...request) => void (first = () => answer(200)(...request)), answer(200));
    const hedged = post({ hedge: { delay: 20 } });
    await eventually(() => here.arrived.length === 2 && there.arrived.length === 1);
    first();
    await expect(hedged).resolves.toMatchObject({ status: 200 });
    expect(there.arrived).toHaveLength(1);
  });

  it('is repeated where the key may follow', async () => {
    here.play(redirect(308, there.url));
    there.play(answer(503), answer(200));
    await post({ redirectHeaders: ['idempotency-key'] });
    expect(there.arrived.map(({ headers }) => headers['idempotency-key'])).toEqual(['key', 'key']);
  });
});

describe('an absolute URL of another origin than the baseUrl’s', () => {
  const away = there.url;

  it.each([
    ['a text', () => `${away}/a?token=secret`],
    ['a text in upper case', () => `${away.toUpperCase()}/a?token=secret`],
    ['a URL', () => new URL('/a?token=secret', away)],
    ['another port', () => away.replace(/:\d+$/, ':1')],
    ['another scheme', () => here.url.replace('http', 'https')],
    ['credentials in front', () => away.replace('//', `//${here.url.slice(7)}@`)],
  ])('is refused: %s', async (_name, url) => {
    const { http } = await startHttp({ baseUrl: here.url });
    const refused = http.get(url());
    await expect(refused).rejects.toBeInstanceOf(InvalidRequestException);
    await expect(refused).rejects.toThrow('allowAbsoluteUrls');
    await expect(refused).rejects.not.toThrow('secret');
    expect([here.arrived.length, there.arrived.length]).toEqual([0, 0]);
  });

  it.each([
    `//${away.slice(7)}/a`,
    `\\\\${away.slice(7)}/a`,
    `/\\${away.slice(7)}/a`,
    `http:/${away.slice(7)}`,
    `http:\\\\${away.slice(7)}`,
    ` ${away}`,
    `\t${away}`,
    `ht\ntp://${away.slice(7)}`,
  ])('is not what a path looks like: %j', async (url) => {
    const { http } = await startHttp({ baseUrl: here.url });
    await http.get(url);
    expect([here.arrived.length, there.arrived.length]).toEqual([1, 0]);
  });

  it('is refused whatever a request calls for: only the client permits it', async () => {
    const { http } = await startHttp({ baseUrl: here.url });
    const refused = http.get(away, { allowAbsoluteUrls: true } as never);
    await expect(refused).rejects.toThrow('request.allowAbsoluteUrls');
  });

  it('may be one of the own origin, with everything that is the client’s', async () => {
    const { http } = await startHttp({ baseUrl: `${here.url}/v1`, headers: valued(secret) });
    await http.get(`${here.url}/v2`);
    expect(here.arrived[0]?.path).toBe('/v2');
    expect(carried(here, secret)).toEqual(secret);
  });

  it('is its own origin without a baseUrl, unless that is forbidden', async () => {
    const { http } = await startHttp({ headers: valued(secret) });
    await http.get(away);
    expect(carried(there, secret)).toEqual(secret);
    await stopHttp();
    const closed = await startHttp({ allowAbsoluteUrls: false });
    await expect(closed.http.get(away)).rejects.toBeInstanceOf(InvalidRequestException);
  });

  const client = (more: HttpClientOptions = {}): HttpClientOptions => ({
    baseUrl: here.url,
    allowAbsoluteUrls: true,
    headers: { ...valued([...secret.slice(1), ...own]), 'x-function': () => 'value' },
    query: { key: 'secret' },
    idempotencyKey: true,
    auth: { token: () => 'secret' },
    ...more,
  });

  it('gets nothing of the client’s where it is permitted, but its name, what it accepts, and traces', async () => {
    const { http } = await startHttp(client());
    await http.post(`${away}/a?b=1`, {}, { headers: { 'x-own': 'value' }, query: { c: 2 } });
    expect(there.arrived[0]?.path).toBe('/a?b=1&c=2');
    expect(carried(there, [...secret, ...own, 'x-function', 'x-own'])).toEqual([...own, 'x-own']);
    expect(there.arrived[0]?.headers).not.toHaveProperty('authorization');
    expect(there.arrived[0]?.headers).not.toHaveProperty('idempotency-key');
  });

  it('has a key of its own where the request says so', async () => {
    const { http } = await startHttp(client({ idempotencyKey: 'of the client' }));
    await http.post(away, {}, { idempotencyKey: 'mine' });
    await http.post(away, {}, { headers: { authorization: 'Bearer mine' } });
    const seen = there.arrived.map(({ headers }) => [headers['idempotency-key'], headers.authorization]);
    expect(seen).toEqual([
      ['mine', undefined],
      [undefined, 'Bearer mine'],
    ]);
  });

  it('is told to the hook as foreign, which other requests and redirects are not', async () => {
    const told: object[] = [];
    const onRequest = ({ url, foreign }: RequestHookContext) => void told.push({ url, foreign });
    const { http } = await startHttp(client({ onRequest }));
    here.play(redirect(302, away));
    await http.get('/a');
    await http.get(`${away}/b`);
    expect(told).toEqual([
      { url: `${here.url}/a?key=secret`, foreign: undefined },
      { url: `${away}/b`, foreign: true },
    ]);
  });

  it('is where a fetch may always go, with nothing of the client’s', async () => {
    const { http } = await startHttp(client({ allowAbsoluteUrls: undefined }));
    there.play(answerJson(200, {}));
    const fetch = createResilientFetch(http);
    await fetch(`${away}/a`, { headers: { 'x-own': 'value' } });
    expect(there.arrived[0]?.path).toBe('/a');
    expect(carried(there, [...secret, 'x-own'])).toEqual(['x-own']);
  });
});

it('a request tells the name of this library and accepts everything, unless it says otherwise', async () => {
  const { http } = await startHttp({ baseUrl: here.url });
  await http.get('/');
  await http.get('/', { headers: { 'User-Agent': 'mine', Accept: 'text/plain' } });
  expect(here.arrived.map(({ headers }) => [headers['user-agent'], headers.accept])).toEqual([
    [expect.stringMatching(/^nestjs-breakwater\/\d+\.\d+\.\d+/), '*/*'],
    ['mine', 'text/plain'],
  ]);
});

describe('a transport is told that a request is foreign', () => {
  const sentBy = async (client: HttpClientOptions, url: string, locations: readonly string[] = []) => {
    const left = [...locations];
    const foreign: unknown[] = [];
    const transport: HttpTransport = {
      send: ({ isForeign }) => {
        foreign.push(isForeign);
        const location = left.shift();
        const status = location === undefined ? 200 : 307;
        return Promise.resolve({
          status,
          headers: location === undefined ? {} : { location },
          body: Buffer.alloc(0),
        });
      },
    };
    const { http } = await startHttp({ transport, ...client });
    await http.get(url);
    return foreign;
  };

  it.each<[string, HttpClientOptions, string, string[], boolean[]]>([
    ['not of the own origin', { baseUrl: 'https://a.example' }, '/', [], [false]],
    [
      'of another',
      { baseUrl: 'https://a.example', allowAbsoluteUrls: true },
      'https://b.example',
      [],
      [true],
    ],
    ['not without a baseUrl', {}, 'https://b.example', [], [false]],
    [
      'where a redirect leads to another, and from there on',
      {},
      'https://a.example',
      ['/', 'https://b.example', 'https://a.example'],
      [false, false, true, true],
    ],
  ])('%s', async (_name, client, url, locations, expected) => {
    expect(await sentBy(client, url, locations)).toEqual(expected);
  });
});
