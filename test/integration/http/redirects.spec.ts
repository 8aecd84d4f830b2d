import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { UpstreamConnectionException, UpstreamResponseException } from 'nestjs-breakwater';
import { answer, answerJson, FaultServer, redirect } from '../../support/fault-server/fault-server.js';
import { startHttp, stopHttp } from '../../support/http-application.js';

let here: FaultServer;
let there: FaultServer;
beforeAll(async () => {
  [here, there] = await Promise.all([FaultServer.start(), FaultServer.start()]);
});
afterAll(() => Promise.all([here.stop(), there.stop()]));
afterEach(stopHttp);

const secrets = {
  authorization: 'Bearer secret',
  cookie: 'a=1',
  'proxy-authorization': 'Basic secret',
  'x-plain': 'plain',
};

describe('a redirect', () => {
  it.each([
    [301, 'GET', 'GET', false],
    [301, 'POST', 'GET', false],
    [301, 'PUT', 'PUT', true],
    [302, 'POST', 'GET', false],
    [302, 'PATCH', 'PATCH', true],
    [303, 'POST', 'GET', false],
    [303, 'PUT', 'GET', false],
    [303, 'HEAD', 'HEAD', false],
    [307, 'POST', 'POST', true],
    [308, 'PUT', 'PUT', true],
  ])('%i turns %s into %s', async (status, method, becomes, keepsBody) => {
    const { http } = await startHttp({ baseUrl: here.url });
    here.play();
    here.playAt('/a/old', redirect(status, '../new?x=1'));
    const body = method === 'GET' || method === 'HEAD' ? undefined : { a: 1 };
    const result = await http.request({ method, url: '/a/old', body });
    expect(result).toMatchObject({ status: 200, attempts: 1, url: `${here.url}/new` });
    expect(here.arrived[1]).toMatchObject({
      method: becomes,
      path: '/new?x=1',
      body: keepsBody ? '{"a":1}' : '',
    });
    expect('content-type' in (here.arrived[1]?.headers ?? {})).toBe(keepsBody);
  });

  it('keeps credentials at their origin, and does not give them to another one', async () => {
    const { http } = await startHttp({ headers: secrets });
    here.play(redirect(302, '/again'), redirect(302, there.url), answer(200));
    there.play(redirect(302, here.url));
    await http.get(here.url.replace('//', '//user:pw@'));
    const seen = [here.arrived[1], there.arrived[0], here.arrived[2]].map(
      (request) => Object.keys(secrets).filter((name) => name in (request?.headers ?? {})).length,
    );
    expect(seen).toEqual([4, 0, 0]);
    expect(there.arrived[0]?.headers).toMatchObject({ host: there.url.slice(7) });
  });

  it('in a loop ends after maxRedirects, and is not asked for again', async () => {
    const { http } = await startHttp({ baseUrl: here.url });
    here.play(redirect(302, '/'));
    const looping = http.get('/');
    await expect(looping).rejects.toBeInstanceOf(UpstreamResponseException);
    await expect(looping).rejects.toMatchObject({ code: 'RESILIENCE_TOO_MANY_REDIRECTS' });
    expect(here.arrived).toHaveLength(6);
  });

  it('is left to the user with maxRedirects 0, and without a location', async () => {
    const { http } = await startHttp({ baseUrl: here.url });
    here.play(redirect(302, '/new'));
    const left = http.get('/', { maxRedirects: 0 });
    await expect(left).rejects.toMatchObject({ upstreamStatus: 302, upstreamHeaders: { location: '/new' } });
    here.play(answer(302));
    await expect(http.get('/')).rejects.toMatchObject({ upstreamStatus: 302 });
    expect(here.arrived).toHaveLength(1);
  });

  it.each(['ftp://example.com/', 'file:///etc/passwd', 'http://'])(
    'to %s is not followed',
    async (location) => {
      const { http } = await startHttp({ baseUrl: here.url });
      here.play(redirect(302, location));
      await expect(http.get('/')).rejects.toMatchObject({ code: 'RESILIENCE_INVALID_RESPONSE' });
      expect(here.arrived).toHaveLength(1);
    },
  );

  it('that needs a body which is gone is an error; one that drops it is followed', async () => {
    const { http } = await startHttp({ baseUrl: here.url });
    here.play(redirect(307, '/new'));
    await expect(http.post('/', Readable.from(['a']))).rejects.toMatchObject({ upstreamStatus: 307 });
    here.play(redirect(303, '/new'), answer(200));
    await expect(http.post('/', Readable.from(['a']))).resolves.toMatchObject({ status: 200 });
  });

  it('is followed again from the start by a retry', async () => {
    const { http } = await startHttp({ baseUrl: here.url });
    here.play(redirect(302, there.url));
    there.play(answer(503), answerJson(200, {}));
    await expect(http.get('/')).resolves.toMatchObject({ attempts: 2 });
    expect([here.arrived.length, there.arrived.length]).toEqual([2, 2]);
  });

  it('asks the circuit of each origin, and holds a failure against the one that failed', async () => {
    const { http, circuits } = await startHttp({
      circuitBreaker: { failureThreshold: 1 },
      retry: { maxRetries: 3, baseDelay: 0 },
    });
    here.play(redirect(302, there.url));
    there.play(answer(503));
    await expect(http.get(here.url)).rejects.toMatchObject({ circuit: `http[${there.url}]` });
    expect(circuits.get(`http[${here.url}]`)?.state).toBe('closed');
    expect(circuits.get(`http[${there.url}]`)?.state).toBe('open');
    await expect(http.get(here.url)).rejects.toMatchObject({ circuit: `http[${there.url}]` });
    expect([here.arrived.length, there.arrived.length]).toEqual([2, 1]);
  });
});

describe('a connection', () => {
  it('to a certificate that nobody trusts is never tried again', async () => {
    const { http } = await startHttp();
    const tls = await FaultServer.startTls();
    const failing = http.get(tls.url);
    await expect(failing).rejects.toBeInstanceOf(UpstreamConnectionException);
    await expect(failing).rejects.toMatchObject({ cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } });
    await tls.stop();
  });

  it('has circuits and pools that are bounded', async () => {
    const servers = await Promise.all(Array.from({ length: 4 }, () => FaultServer.start()));
    const { http, circuits } = await startHttp({ circuitBreaker: { maxKeys: 2 } });
    for (const { url } of servers) await http.get(url);
    expect([...circuits].map(({ name }) => name)).toEqual(servers.slice(2).map(({ url }) => `http[${url}]`));
    await Promise.all(servers.map((server) => server.stop()));
  });
});
