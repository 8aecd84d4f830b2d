import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent, Client, fetch as fetchOfUndici, interceptors, MockAgent, Pool, request } from 'undici';
import type { Dispatcher } from 'undici';
import { resilienceInterceptor } from 'nestjs-breakwater';
import { answer, echo, encoded, FaultServer, redirect } from '../../support/fault-server/fault-server.js';
import { startHttp, stopHttp } from '../../support/http-application.js';

const upstream = await FaultServer.start();
const opened: Dispatcher[] = [];
afterAll(() => upstream.stop());
afterEach(async () => {
  await Promise.all(opened.splice(0).map((dispatcher) => dispatcher.destroy()));
  await stopHttp();
});

const retry = { maxRetries: 2, baseDelay: 0, budget: false as const };

function resilient(dispatcher: Dispatcher): Dispatcher {
  opened.push(dispatcher);
  return dispatcher.compose(resilienceInterceptor({ retry }));
}

describe.each<[string, () => Dispatcher]>([
  ['an Agent', () => new Agent()],
  ['a Pool', () => new Pool(upstream.url)],
  ['a Client', () => new Client(upstream.url)],
])('%s with the interceptor', (_name, dispatcher) => {
  it('retries for request() and for fetch, which decodes by itself', async () => {
    const chosen = resilient(dispatcher());
    upstream.play(answer(503), echo);
    const { body } = await request(`${upstream.url}/a`, {
      dispatcher: chosen,
      method: 'PUT',
      body: 'text',
      query: { b: 1 },
    });
    expect(await body.json()).toMatchObject({ method: 'PUT', path: '/a?b=1', body: 'text' });
    for (const ask of [fetch as unknown as typeof fetchOfUndici, fetchOfUndici]) {
      upstream.play(answer(503), encoded('gzip', 'text'));
      const response = await ask(`${upstream.url}/a?b=1`, { dispatcher: chosen });
      expect([await response.text(), response.url]).toEqual(['text', `${upstream.url}/a?b=1`]);
      expect(response.statusText).toBe('Reason');
    }
  });

  it('sends what undici sends: a body with GET, a path of two slashes, headers in every form', async () => {
    const chosen = resilient(dispatcher());
    upstream.play(echo);
    const flat = ['x-a', '1', 'x-b', '2'];
    for (const headers of [flat, { 'X-A': '1', 'x-b': 2, 'x-c': undefined }, new Map([['x-a', '1']])]) {
      const given = { dispatcher: chosen, method: 'GET' as const, body: 'text', headers: headers as never };
      const { body } = await request(`${upstream.url}//host/path`, given);
      expect(await body.json()).toMatchObject({ path: '//host/path', body: 'text', headers: { 'x-a': '1' } });
    }
  });

  it('leaves a redirect to others', async () => {
    upstream.play(redirect(302, '/there'), answer(503), answer(200, 'there'));
    const chosen = resilient(dispatcher()).compose(interceptors.redirect({ maxRedirections: 1 }));
    const { body } = await request(`${upstream.url}/here`, { dispatcher: chosen });
    expect(await body.text()).toBe('there');
    expect(upstream.arrived.map(({ path }) => path)).toEqual(['/here', '/there', '/there']);
  });
});

it('a Pool that is asked without its origin has a circuit of its own', async () => {
  const { http, circuits } = await startHttp({ retry });
  const pools = [1, 2].map(() => {
    const pool = new Pool(upstream.url);
    opened.push(pool);
    return pool.compose(resilienceInterceptor(http));
  });
  upstream.play(answer(503), answer(200, 'text'));
  for (const pool of pools) {
    const { body } = await pool.request({ method: 'GET', path: '/a?b=1' });
    await body.dump();
  }
  expect(upstream.arrived.map(({ path }) => path)).toEqual(['/a?b=1', '/a?b=1', '/a?b=1']);
  const names = [...circuits].map(({ name }) => name);
  expect(names).toHaveLength(2);
  for (const name of names) expect(name).toMatch(/^http\[http:\/\/dispatcher-\d+\]$/);
});

it('tunnels and other protocols go through untouched', async () => {
  const server = createServer();
  server.on('upgrade', (_request, socket) =>
    socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: chat\r\n\r\n'),
  );
  server.on('connect', (_request, socket) => socket.end('HTTP/1.1 200 Connected\r\n\r\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const agent = resilient(new Agent());
  const upgraded = await agent.upgrade({ origin, path: '/', protocol: 'chat' } as Dispatcher.UpgradeOptions);
  expect(upgraded.headers).toMatchObject({ upgrade: 'chat' });
  const tunnel = await agent.connect({
    origin,
    path: 'example.com:443',
  } as unknown as Dispatcher.ConnectOptions);
  expect(tunnel.statusCode).toBe(200);
  upgraded.socket.destroy();
  tunnel.socket.destroy();
  server.close();
});

it('a MockAgent with the interceptor is asked again', async () => {
  const mock = new MockAgent();
  mock.disableNetConnect();
  const api = mock.get('https://api.example.com');
  api.intercept({ path: '/' }).reply(503);
  api.intercept({ path: '/' }).reply(200, 'mocked');
  const dispatcher = mock.compose(resilienceInterceptor({ retry }));
  const { body } = await request('https://api.example.com/', { dispatcher });
  expect(await body.text()).toBe('mocked');
  await mock.close();
});
