import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import axios from 'axios';
import {
  axiosTransport,
  fetchTransport,
  ResilienceEvents,
  TimeoutException,
  UpstreamHttpException,
} from 'nestjs-breakwater';
import type { HttpClientOptions, ResilienceEvent } from 'nestjs-breakwater';
import { answer, FaultServer, hangInBody, redirect } from '../../support/fault-server/fault-server.js';
import type { Behaviour } from '../../support/fault-server/fault-server.js';
import { eventually, startHttp, stopHttp } from '../../support/http-application.js';

let upstream: FaultServer;
beforeAll(async () => {
  upstream = await FaultServer.start();
});
afterEach(stopHttp);
afterAll(() => upstream.stop());

/** The head of a response, and the first bytes of a body that goes no further. */
const stalled =
  (status: number, headers: Record<string, string> = {}): Behaviour =>
  (socket) => {
    const lines = Object.entries({ 'content-length': '100', ...headers }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    socket.write(`HTTP/1.1 ${status} Reason\r\n${lines.join('\r\n')}\r\n\r\nhalf`);
  };

/** The same, but the connection breaks. */
const broken =
  (status: number, headers: Record<string, string> = {}): Behaviour =>
  (socket, request) => {
    stalled(status, headers)(socket, request);
    setImmediate(() => socket.resetAndDestroy());
  };

async function start(options: HttpClientOptions = {}) {
  const app = await startHttp({
    baseUrl: upstream.url,
    timeout: { attempt: 400, total: 20_000 },
    retry: { baseDelay: 1, jitter: 'none', budget: false },
    ...options,
  });
  // what the first request loads and compiles is no part of the attempts' time
  upstream.play(answer(200));
  await app.http.get('/');
  const events: ResilienceEvent[] = [];
  app.module
    .get(ResilienceEvents)
    .asObservable()
    .subscribe((event) => void events.push(event));
  const retries = () => events.flatMap((event) => (event.type === 'retry.scheduled' ? [event] : []));
  return { ...app, events, retries };
}

const failures = ({ circuits }: Awaited<ReturnType<typeof start>>) =>
  [...circuits].reduce((sum, { metrics }) => sum + metrics.failures, 0);

describe.each<[string, () => HttpClientOptions]>([
  ['undici', () => ({})],
  ['fetch', () => ({ transport: fetchTransport() })],
  ['axios', () => ({ transport: axiosTransport(axios.create()) })],
])('an error whose body stalls, over %s', (_name, options) => {
  it.each([429, 503])('is obeyed: a %d with Retry-After is retried when it asks', async (status) => {
    const { http, retries } = await start(options());
    upstream.play(stalled(status, { 'retry-after-ms': '600' }), answer(200, 'ok'));
    await expect(http.get('/')).resolves.toMatchObject({ data: 'ok', attempts: 2 });
    expect(retries()).toMatchObject([{ reason: 'retry-after', delay: 600 }]);
    expect(retries()[0].error).toBeInstanceOf(UpstreamHttpException);
  });

  it('is the error of the call, with its headers, where the server asks for too long', async () => {
    const app = await start(options());
    upstream.play(stalled(429, { 'retry-after': '3600', 'x-request-id': 'r1' }));
    const error: unknown = await app.http.get('/').catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'RESILIENCE_UPSTREAM_HTTP',
      upstreamStatus: 429,
      upstreamHeaders: { 'x-request-id': 'r1' },
      method: 'GET',
      url: `${upstream.url}/`,
      retryAfter: 600_000,
    });
    expect(upstream.arrived).toHaveLength(1);
    expect(failures(app)).toBe(0);
  });

  it.each(['x-should-retry', 'stripe-should-retry'])('is not repeated where %s says so', async (name) => {
    const app = await start(options());
    upstream.play(stalled(503, { [name]: 'false' }));
    await expect(app.http.get('/')).rejects.toMatchObject({ upstreamStatus: 503 });
    expect(upstream.arrived).toHaveLength(1);
    expect(failures(app)).toBe(1);
  });

  it('is repeated where x-should-retry says so, which the circuit leaves aside', async () => {
    const app = await start(options());
    upstream.play(stalled(404, { 'x-should-retry': 'true' }), answer(200));
    await expect(app.http.get('/')).resolves.toMatchObject({ attempts: 2 });
    expect(failures(app)).toBe(0);
  });

  it('is still reported as a timeout', async () => {
    const { http, events } = await start({ ...options(), retry: false });
    upstream.play(stalled(500));
    await expect(http.get('/')).rejects.toMatchObject({ upstreamStatus: 500 });
    expect(events.map(({ type }) => type)).toContain('timeout');
  });

  it('lets go of its connection', async () => {
    const { http } = await start({ ...options(), retry: false });
    upstream.play(stalled(500));
    await expect(http.get('/')).rejects.toMatchObject({ upstreamStatus: 500 });
    await eventually(() => upstream.hasLostLast);
  });

  it('behind a redirect has the address of the place that answered', async () => {
    const { http } = await start({ ...options(), retry: false });
    upstream.playAt('/from', redirect(302, '/to'));
    upstream.playAt('/to', stalled(404));
    await expect(http.get('/from')).rejects.toMatchObject({ upstreamStatus: 404, url: `${upstream.url}/to` });
  });

  it('is a timeout where the status is accepted, be it a redirect or not', async () => {
    const { http } = await start({ ...options(), retry: false });
    upstream.play(hangInBody);
    await expect(http.get('/')).rejects.toBeInstanceOf(TimeoutException);
    upstream.play(stalled(404));
    await expect(http.get('/', { validateStatus: () => true })).rejects.toBeInstanceOf(TimeoutException);
    upstream.play(stalled(302, { location: '/' }));
    await expect(http.get('/')).rejects.toBeInstanceOf(TimeoutException);
  });

  it('in a hedge is an error of that attempt alone', async () => {
    const { http } = await start({ ...options(), retry: false, hedge: { delay: 1 } });
    upstream.play(stalled(503), answer(200, 'ok'));
    await expect(http.get('/')).resolves.toMatchObject({ data: 'ok' });
  });
});

describe.each<[string, () => HttpClientOptions]>([
  ['undici', () => ({})],
  ['fetch', () => ({ transport: fetchTransport() })],
  ['axios', () => ({ transport: axiosTransport(axios.create()) })],
])('an error whose body breaks off, over %s', (_name, options) => {
  it('is known by its status and headers', async () => {
    const { http, retries } = await start(options());
    upstream.play(broken(429, { 'retry-after-ms': '30' }), answer(200));
    await http.get('/');
    expect(retries()).toMatchObject([{ reason: 'retry-after', delay: 30 }]);
    upstream.play(broken(404));
    await expect(http.get('/')).rejects.toMatchObject({ upstreamStatus: 404 });
    expect(upstream.arrived).toHaveLength(1);
  });

  it('is a failure of the connection where the status is accepted', async () => {
    const { http } = await start({ ...options(), retry: false });
    upstream.play(broken(200));
    await expect(http.get('/')).rejects.toMatchObject({ code: 'RESILIENCE_UPSTREAM_CONNECTION' });
  });
});

describe('x-should-retry: true', () => {
  it('does not make a POST without a key repeatable', async () => {
    const { http } = await start();
    upstream.play(answer(503, '', { 'x-should-retry': 'true' }));
    await expect(http.post('/', { a: 1 })).rejects.toMatchObject({ upstreamStatus: 503 });
    expect(upstream.arrived).toHaveLength(1);
    upstream.play(answer(409, '', { 'x-should-retry': 'true' }), answer(200));
    await expect(http.post('/', { a: 1 }, { idempotencyKey: true })).resolves.toMatchObject({ attempts: 2 });
  });
});
