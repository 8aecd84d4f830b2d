import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { TimeoutException } from 'nestjs-breakwater';
import { ManualClock } from 'nestjs-breakwater/testing';
import { hang, answer, FaultServer } from '../../support/fault-server/fault-server.js';
import { eventually, startHttp, stopHttp } from '../../support/http-application.js';

const upstream = await FaultServer.start();
afterAll(() => upstream.stop());
afterEach(stopHttp);

const never = () => new Promise<string>(() => undefined);

async function start(authorization: () => Promise<string>) {
  const clock = new ManualClock();
  const client = {
    baseUrl: upstream.url,
    headers: { authorization },
    timeout: { attempt: '20s', total: '10s' },
    circuitBreaker: { failureThreshold: 1 },
  };
  return { clock, ...(await startHttp(client, { clock })) };
}

describe('a header function that does not answer', () => {
  it('is within the total timeout, which says nothing of the upstream', async () => {
    const { http, clock, circuits } = await start(never);
    upstream.play(answer(200));
    const ended = expect(http.get('/')).rejects.toMatchObject({
      constructor: TimeoutException,
      scope: 'total',
    });
    await clock.advance(10_000);
    await ended;
    expect(upstream.arrived).toHaveLength(0);
    expect([...circuits].map(({ state }) => state)).toEqual(['closed']);
  });

  it('is within the total timeout in a later attempt too', async () => {
    let asked = 0;
    const { http, clock, circuits } = await start(() => (++asked === 1 ? Promise.resolve('x') : never()));
    upstream.play(answer(429));
    const ended = expect(http.get('/')).rejects.toMatchObject({ scope: 'total' });
    await eventually(() => upstream.arrived.length === 1);
    await clock.advance(10);
    await eventually(() => asked === 2);
    await clock.advance(10_000);
    await ended;
    expect([...circuits].map(({ state }) => state)).toEqual(['closed']);
  });

  it("ends with the caller's abort", async () => {
    const { http } = await start(never);
    const leaving = new AbortController();
    const ended = expect(http.get('/', { signal: leaving.signal })).rejects.toBe('gone');
    leaving.abort('gone');
    await ended;
  });

  it('ends with the application', async () => {
    const { http, module } = await start(never);
    const ended = expect(http.get('/')).rejects.toMatchObject({ code: 'RESILIENCE_SHUTDOWN' });
    await module.close();
    await ended;
  });
});

it('what a slow header function takes is part of the total timeout', async () => {
  const clock = new ManualClock();
  const authorization = () =>
    new Promise<string>((resolve) => void clock.setTimeout(() => resolve('x'), 6000));
  const { http } = await startHttp(
    { baseUrl: upstream.url, headers: { authorization }, timeout: { attempt: '20s', total: '10s' } },
    { clock },
  );
  upstream.play(hang);
  const ended = expect(http.get('/')).rejects.toMatchObject({ scope: 'total' });
  await clock.advance(6000);
  await eventually(() => upstream.arrived.length === 1);
  await clock.advance(4000);
  await ended;
});

it('what a caller changes while a header function is asked is not sent', async () => {
  const authorization = () => Promise.resolve('x');
  const { http } = await startHttp({ baseUrl: upstream.url, headers: { authorization } });
  upstream.play(answer(503), answer(200));
  const request = { method: 'PUT', url: '/a', body: { b: 1 }, query: { c: 1 }, headers: { 'x-d': '1' } };
  const sent = http.request(request);
  Object.assign(request, { method: 'DELETE', url: '/z' });
  Object.assign(request.body, { b: 2 });
  Object.assign(request.query, { c: 2 });
  Object.assign(request.headers, { 'x-d': '2' });
  await sent;
  const expected = { method: 'PUT', path: '/a?c=1', body: '{"b":1}', headers: { 'x-d': '1' } };
  expect(upstream.arrived).toMatchObject([expected, expected]);
});

it('no header function is asked for a request that is refused', async () => {
  let asked = 0;
  const authorization = () => `${++asked}`;
  const { http } = await startHttp({ baseUrl: upstream.url, headers: { authorization } });
  await expect(http.request({ url: '/', body: {} })).rejects.toThrow('body');
  expect(asked).toBe(0);
});

it('a call whose headers were slow does not stand behind those that began after it', async () => {
  const clock = new ManualClock();
  let asked = 0;
  const authorization = () =>
    ++asked === 1 ? new Promise<string>((resolve) => void clock.setTimeout(() => resolve('x'), 6000)) : 'x';
  const { http } = await startHttp(
    { baseUrl: upstream.url, headers: { authorization }, timeout: { attempt: '20s', total: '10s' } },
    { clock },
  );
  upstream.play(hang, hang);
  const slow = http.get('/').catch(() => clock.now());
  await clock.advance(1000);
  const later = http.get('/').catch(() => clock.now());
  await eventually(() => upstream.arrived.length === 1);
  await clock.advance(5000);
  await eventually(() => upstream.arrived.length === 2);
  await clock.advance(10_000);
  expect(await Promise.all([slow, later])).toEqual([10_000, 11_000]);
});
