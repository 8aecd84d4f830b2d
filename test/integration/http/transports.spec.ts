import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import axios from 'axios';
import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { Agent, getGlobalDispatcher, MockAgent, request, setGlobalDispatcher } from 'undici';
import {
  axiosTransport,
  createResilientFetch,
  fetchTransport,
  resilienceInterceptor,
  UpstreamConnectionException,
} from 'nestjs-breakwater';
import {
  answer,
  answerJson,
  echo,
  encoded,
  endless,
  FaultServer,
  hang,
  redirect,
  reset,
} from '../../support/fault-server/fault-server.js';
import { eventually, startHttp, stopHttp } from '../../support/http-application.js';

const upstream = await FaultServer.start();
afterAll(() => upstream.stop());
afterEach(stopHttp);

const transports = [
  ['undici', () => undefined],
  ['axios', () => axiosTransport(axios.create())],
  ['fetch', () => fetchTransport(fetch)],
] as const;

describe.each(transports)('over %s', (_name, transport) => {
  const start = (more = {}) => startHttp({ baseUrl: upstream.url, transport: transport(), ...more });

  it('a request is retried, and its answer read', async () => {
    const { http } = await start();
    upstream.play(answer(503), reset, echo);
    const { data, attempts } = await http.put<{ body: string }>('/?q=1', { a: 1 });
    expect([data.body, attempts]).toEqual(['{"a":1}', 3]);
    expect(upstream.arrived[2]).toMatchObject({
      path: '/?q=1',
      headers: { 'content-type': 'application/json' },
    });
  });

  it('a POST is not repeated after a reset, but after a refused connection', async () => {
    const { http } = await start({ allowAbsoluteUrls: true });
    upstream.play(reset);
    await expect(http.post('/', {})).rejects.toBeInstanceOf(UpstreamConnectionException);
    expect(upstream.arrived).toHaveLength(1);
    const gone = await FaultServer.start();
    const { url } = gone;
    await gone.stop();
    const attempts: number[] = [];
    const retry = { onRetry: ({ attempt }: { attempt: number }) => attempts.push(attempt), maxRetries: 2 };
    await expect(http.post(url, {}, { retry })).rejects.toBeInstanceOf(UpstreamConnectionException);
    expect(attempts).toEqual([2, 3]);
  });

  it('an error has its status and body, a redirect is followed, an encoded body decoded', async () => {
    const { http } = await start();
    upstream.play(answerJson(404, { why: 1 }));
    await expect(http.get('/')).rejects.toMatchObject({ upstreamStatus: 404, upstreamBody: { why: 1 } });
    upstream.play(redirect(302, '/new'), encoded('gzip', '[1]', { 'content-type': 'application/json' }));
    await expect(http.get('/')).resolves.toMatchObject({ data: [1], url: `${upstream.url}/new` });
  });

  it('a body is limited, and may be a stream', async () => {
    const { http } = await start({ maxResponseBytes: 1000 });
    upstream.play(endless());
    await expect(http.get('/')).rejects.toMatchObject({ code: 'RESILIENCE_RESPONSE_TOO_LARGE' });
    upstream.play(answer(200, 'x'.repeat(5000)));
    const { data } = await http.get('/', { responseType: 'stream' });
    expect(await text(data)).toHaveLength(5000);
  });

  it('a timeout and an abort end the connection', async () => {
    const { http } = await start({ timeout: { attempt: 60 }, retry: false });
    upstream.play(hang);
    await expect(http.get('/')).rejects.toMatchObject({ scope: 'attempt' });
    await eventually(() => upstream.hasLostLast);
  });
});

describe('axios', () => {
  it('runs the user’s interceptors once per attempt, below the retries', async () => {
    const instance = axios.create();
    const seen: string[] = [];
    instance.interceptors.request.use((config) => {
      seen.push('request');
      config.headers.set('x-token', `${seen.length}`);
      return config;
    });
    instance.interceptors.response.use(
      (response) => response,
      (error: { response?: { status: number } }) => {
        seen.push(`error ${error.response?.status}`);
        throw error;
      },
    );
    const { http } = await startHttp({ baseUrl: upstream.url, transport: axiosTransport(instance) });
    upstream.play(answer(503), answerJson(200, { fine: true }));
    await expect(http.get('/')).resolves.toMatchObject({ data: { fine: true }, attempts: 2 });
    expect(seen).toEqual(['request', 'error 503', 'request']);
    expect(upstream.arrived.map(({ headers }) => headers['x-token'])).toEqual(['1', '3']);
  });

  it('may have interceptors that parse', async () => {
    const instance = axios.create();
    instance.interceptors.response.use((response) => ({ ...response, data: { parsed: true } }));
    const { http } = await startHttp({ baseUrl: upstream.url, transport: axiosTransport(instance) });
    upstream.play(answer(200, 'text'));
    expect((await http.get('/')).data).toEqual({ parsed: true });
  });
});

describe('a resilient fetch', () => {
  const start = async (options = {}) => {
    const { http, circuits } = await startHttp(options);
    return { fetch: createResilientFetch(http), circuits };
  };

  it('resolves with a 404, and after retries with the last answer', async () => {
    const { fetch } = await start({ retry: { maxRetries: 2, baseDelay: 0, budget: false } });
    upstream.play(answerJson(404, { why: 1 }));
    const missing = await fetch(`${upstream.url}/a`);
    expect([missing.status, missing.ok, missing.url]).toEqual([404, false, `${upstream.url}/a`]);
    expect(await missing.json()).toEqual({ why: 1 });
    upstream.play(answer(503, 'first'), answer(503, 'second'), answer(503, 'last'));
    const failed = await fetch(upstream.url);
    expect([failed.status, await failed.text()]).toEqual([503, 'last']);
    expect(upstream.arrived).toHaveLength(3);
  });

  it('takes what fetch takes', async () => {
    const { fetch } = await start();
    upstream.play(echo);
    const headers = new Headers({ 'x-a': 'b' });
    const posted = await fetch(new URL(upstream.url), { method: 'post', body: 'text', headers });
    expect(await posted.json()).toMatchObject({ method: 'POST', body: 'text', headers: { 'x-a': 'b' } });
    const whole = new Request(upstream.url, {
      method: 'PUT',
      body: '{}',
      headers: { 'content-type': 'a/b' },
    });
    expect(await (await fetch(whole)).json()).toMatchObject({
      method: 'PUT',
      body: '{}',
      headers: { 'content-type': 'a/b' },
    });
    upstream.play(answer(204));
    expect((await fetch(upstream.url)).body).toBeNull();
  });

  it('rejects with a TypeError when there is no answer, and with the reason of an abort', async () => {
    const { fetch, circuits } = await start({ retry: false });
    upstream.play(reset);
    const noAnswer = await fetch(upstream.url).catch((error: unknown) => error as TypeError);
    expect(noAnswer).toBeInstanceOf(TypeError);
    expect((noAnswer as TypeError).cause).toBeInstanceOf(UpstreamConnectionException);
    const reason = new Error('enough');
    await expect(fetch(upstream.url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    circuits.get(`http[${upstream.url}]`)?.forceOpen();
    await expect(fetch(upstream.url)).rejects.toMatchObject({
      name: 'TypeError',
      cause: { code: 'RESILIENCE_CIRCUIT_OPEN' },
    });
  });

  it('leaves redirects as fetch does', async () => {
    const { fetch } = await start();
    upstream.play(redirect(302, '/new'));
    expect((await fetch(upstream.url, { redirect: 'manual' })).status).toBe(302);
    await expect(fetch(upstream.url, { redirect: 'error' })).rejects.toMatchObject({
      name: 'TypeError',
      cause: { code: 'RESILIENCE_TOO_MANY_REDIRECTS' },
    });
  });
});

describe('a mock', () => {
  it('is used if it is the client’s dispatcher', async () => {
    const dispatcher = new MockAgent();
    dispatcher.disableNetConnect();
    dispatcher.get('https://api.example.com').intercept({ path: '/a' }).reply(503).times(1);
    dispatcher
      .get('https://api.example.com')
      .intercept({ path: '/a' })
      .reply(200, { fine: true }, { headers: { 'content-type': 'application/json' } });
    const { http } = await startHttp({ dispatcher });
    await expect(http.get('https://api.example.com/a')).resolves.toMatchObject({
      data: { fine: true },
      attempts: 2,
    });
    await dispatcher.close();
  });

  it('is used if it is the global dispatcher, and no longer when that is put back', async () => {
    const before = getGlobalDispatcher();
    const { http } = await startHttp();
    const mock = new MockAgent();
    mock.get(upstream.url).intercept({ path: '/' }).reply(200, 'mocked');
    setGlobalDispatcher(mock);
    expect((await http.get(upstream.url)).data).toBe('mocked');
    setGlobalDispatcher(before);
    upstream.play(answer(200, 'real'));
    expect((await http.get(upstream.url)).data).toBe('real');
    await mock.close();
  });
});

describe('a dispatcher with the interceptor', () => {
  it('retries below undici’s own functions, and passes the last answer on', async () => {
    const dispatcher = new Agent().compose(resilienceInterceptor({ retry: { maxRetries: 2, baseDelay: 0 } }));
    upstream.play(answer(503), reset, answerJson(200, { fine: true }));
    const { statusCode, body } = await request(upstream.url, { dispatcher });
    expect([statusCode, await body.json()]).toEqual([200, { fine: true }]);
    upstream.play(answer(503, 'no'));
    const last = await request(upstream.url, { dispatcher });
    expect([last.statusCode, await last.body.text(), upstream.arrived.length]).toEqual([503, 'no', 3]);
    upstream.play(reset);
    await expect(request(upstream.url, { dispatcher, method: 'POST' })).rejects.toBeInstanceOf(
      UpstreamConnectionException,
    );
    expect(upstream.arrived).toHaveLength(1);
    await dispatcher.close();
  });

  it('shares the circuits of a service', async () => {
    const { http, circuits } = await startHttp({ circuitBreaker: { failureThreshold: 1 }, retry: false });
    const agent = new Agent();
    const dispatcher = agent.compose(resilienceInterceptor(http));
    upstream.play(answer(503));
    const { body } = await request(upstream.url, { dispatcher });
    await body.dump();
    expect(circuits.get(`http[${upstream.url}]`)?.state).toBe('open');
    await expect(request(upstream.url, { dispatcher })).rejects.toMatchObject({
      code: 'RESILIENCE_CIRCUIT_OPEN',
    });
    await agent.close();
  });

  it('stops when its user aborts', async () => {
    const agent = new Agent();
    const dispatcher = agent.compose(resilienceInterceptor());
    upstream.play(hang);
    const abort = new AbortController();
    const failing = request(upstream.url, { dispatcher, signal: abort.signal });
    await eventually(() => upstream.arrived.length === 1);
    const reason = new Error('enough');
    abort.abort(reason);
    await expect(failing).rejects.toBe(reason);
    await eventually(() => upstream.hasLostLast);
    await agent.destroy();
  });
});

it('a transport of one’s own is asked once per attempt, and closed with the application', async () => {
  let sent = 0;
  let closed = 0;
  const body = Buffer.from('mine');
  const transport = {
    send: async () => ({ status: ++sent === 1 ? 503 : 200, headers: {}, body }),
    close: () => void closed++,
  };
  const { http } = await startHttp({ transport });
  await expect(http.get<Readable>('https://example.com')).resolves.toMatchObject({
    data: 'mine',
    attempts: 2,
  });
  await stopHttp();
  expect(closed).toBe(1);
});
