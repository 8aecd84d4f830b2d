import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import {
  CircuitOpenException,
  ResilienceEvents,
  ResilienceMetrics,
  UpstreamConnectionException,
} from 'nestjs-breakwater';
import type { HttpClientOptions, ResilienceModuleOptions } from 'nestjs-breakwater';
import { ManualClock } from 'nestjs-breakwater/testing';
import { refusedUrl, SilentServer, startServers } from '../../../support/endpoint-servers.js';
import { answer, answerJson, echo, reset } from '../../../support/fault-server/fault-server.js';
import { HeldAnswers } from '../../../support/held-answers.js';
import { eventually, startHttp, stopHttp } from '../../../support/http-application.js';

const [a, b, c] = await startServers(3);
const silent = await SilentServer.start();
const refused = await refusedUrl();
const alsoRefused = await refusedUrl();
beforeEach(() => {
  for (const server of [a, b, c]) server.play(answerJson(200, 'fine'));
});
afterEach(stopHttp);
afterAll(() => Promise.all([a, b, c, silent].map((server) => server.stop())));

const circuitBreaker = { failureThreshold: 1, recoveryTimeout: '10s' } as const;

async function start(http: HttpClientOptions, options: ResilienceModuleOptions = {}) {
  const app = await startHttp(http, options);
  const events: string[] = [];
  app.module
    .get(ResilienceEvents)
    .asObservable()
    .subscribe(({ type, key }) => events.push(`${type} ${key ?? ''}`.trim()));
  const stateOf = (url: string) => app.circuits.get(`http[${url}]`)?.state;
  const failuresAt = (url: string) => app.circuits.get(`http[${url}]`)?.metrics.consecutiveFailures;
  return { ...app, events, stateOf, failuresAt };
}

describe('a connection that never comes about', () => {
  it.each([
    ['is refused', () => refused],
    ['has a name that nobody knows', () => 'http://nobody.invalid'],
    ['leads to no network', () => 'http://[100::1]:9'],
  ])('moves the call on at once to the next endpoint where it %s', async (_, endpoint) => {
    const { http } = await start({ endpoints: [endpoint(), b.url], retry: false });
    await expect(http.get('/things')).resolves.toMatchObject({
      data: 'fine',
      url: `${b.url}/things`,
      attempts: 2,
    });
  });

  it('does so after two seconds without `connectTimeout`', async () => {
    const clock = new ManualClock();
    const { http } = await start({ endpoints: [silent.url, b.url], retry: false, timeout: false }, { clock });
    const { connections } = silent;
    const done = http.get('/');
    await eventually(() => silent.connections > connections);
    await clock.advance(1999);
    expect(b.arrived).toHaveLength(0);
    await clock.advance(1);
    await expect(done).resolves.toMatchObject({ url: `${b.url}/`, attempts: 2 });
  });

  it('does so where the time of the attempt is shorter', async () => {
    const clock = new ManualClock();
    const { http } = await start({ endpoints: [silent.url, b.url], retry: false, timeout: 500 }, { clock });
    const { connections } = silent;
    const done = http.post('/', {});
    await eventually(() => silent.connections > connections);
    await clock.advance(500);
    await expect(done).resolves.toMatchObject({ url: `${b.url}/`, attempts: 2 });
  });

  it('is followed by a POST without a key too, and by one with a body that is made anew', async () => {
    b.play(echo);
    const { http } = await start({ endpoints: [refused, b.url], retry: false });
    await expect(http.post('/', { id: 1 })).resolves.toMatchObject({ data: { body: '{"id":1}' } });
    const body = () => Readable.from(['once', ' more']);
    await expect(http.post('/', body)).resolves.toMatchObject({ data: { body: expect.any(String) } });
    expect(b.arrived).toHaveLength(2);
  });

  it('is not followed where the body is a stream, which is sent once', async () => {
    const { http } = await start({ endpoints: [refused, b.url], retry: false });
    await expect(http.post('/', Readable.from(['once']))).rejects.toBeInstanceOf(UpstreamConnectionException);
    expect(b.arrived).toHaveLength(0);
  });

  it("counts for that endpoint's circuit, and for no other", async () => {
    const { http, stateOf } = await start({ endpoints: [refused, b.url], circuitBreaker });
    await http.get('/');
    expect([stateOf(refused), stateOf(b.url)]).toEqual(['open', 'closed']);
  });

  it('draws nothing from the budget, and tells no event of a retry', async () => {
    const budget = { ratio: 0, minPerSecond: 0, window: '10s' };
    const { http, events } = await start({ endpoints: [refused, alsoRefused, c.url], retry: { budget } });
    await expect(http.get('/')).resolves.toMatchObject({ attempts: 3 });
    expect(events).toEqual([`call.settled ${c.url}`]);
  });

  it('leaves its key to the end of a call that strategies stand around', async () => {
    const { http, events } = await start({ endpoints: [refused, b.url], coalesce: {} });
    await http.get('/');
    expect(events).toEqual([`call.settled ${b.url}`]);
  });

  it('is no retry of `maxRetries` either', async () => {
    const retry = { maxRetries: 1, baseDelay: 0, budget: false } as const;
    const { http } = await start({ endpoints: [refused, alsoRefused, c.url], retry });
    c.play(answer(503), answerJson(200, 'again'));
    await expect(http.get('/')).resolves.toMatchObject({ data: 'again', attempts: 4 });
  });

  it('leads to each endpoint once per call, and then to the ordinary retry', async () => {
    const retry = { maxRetries: 2, baseDelay: 0, budget: false } as const;
    const { http, events } = await start({ endpoints: [refused, alsoRefused], retry });
    await expect(http.get('/')).rejects.toBeInstanceOf(UpstreamConnectionException);
    expect(events).toEqual([
      `retry.scheduled ${alsoRefused}`,
      `retry.scheduled ${refused}`,
      `retry.exhausted ${alsoRefused}`,
      `call.settled ${alsoRefused}`,
    ]);
  });

  it('is counted as an attempt of the kind `failover`, and the call is no retried one', async () => {
    const { http, module } = await start({ endpoints: [refused, alsoRefused, c.url] });
    await http.get('/');
    expect(module.get(ResilienceMetrics).family('http')).toMatchObject({
      calls: { success: 1 },
      retriedCalls: { success: 0, failure: 0 },
      attempts: { first: 1, retry: 0, hedge: 0, failover: 2 },
      attemptOutcomes: { success: 1, failure: 2 },
    });
  });

  it('fails the call with the error of the last one tried', async () => {
    const { http } = await start({ endpoints: [refused, alsoRefused], retry: false });
    await expect(http.get('/')).rejects.toMatchObject({
      url: `${alsoRefused}/`,
      cause: { code: 'ECONNREFUSED' },
    });
  });
});

describe('after bytes were sent', () => {
  it('the call does not move on without a retry', async () => {
    a.play(reset);
    const { http } = await start({ endpoints: [a.url, b.url], retry: false });
    await expect(http.get('/')).rejects.toMatchObject({ url: `${a.url}/` });
    expect(b.arrived).toHaveLength(0);
  });

  it('a POST without a key is not repeated', async () => {
    a.play(reset);
    const { http, events } = await start({ endpoints: [a.url, b.url] });
    await expect(http.post('/', {})).rejects.toMatchObject({ url: `${a.url}/` });
    expect(b.arrived).toHaveLength(0);
    expect(events).toContain('retry.suppressed ' + a.url);
  });

  it('a POST with a key is repeated at the next endpoint, under the same key', async () => {
    a.play(reset);
    const { http } = await start({ endpoints: [a.url, b.url] });
    await expect(http.post('/', {}, { idempotencyKey: true })).resolves.toMatchObject({
      url: `${b.url}/`,
      attempts: 2,
    });
    const [key] = a.arrived.map(({ headers }) => headers['idempotency-key']);
    expect(key).toMatch(/^[\da-f-]{36}$/);
    expect(b.arrived[0]?.headers['idempotency-key']).toBe(key);
  });

  it('a POST that a refused connection has led on is not repeated after bytes were sent either', async () => {
    b.play(reset);
    const { http } = await start({ endpoints: [refused, b.url, c.url] });
    await expect(http.post('/', {})).rejects.toMatchObject({ url: `${b.url}/` });
    expect(c.arrived).toHaveLength(0);
  });

  it('a retry goes to an endpoint that was not asked yet, then to the one asked longest ago', async () => {
    for (const server of [a, b, c]) server.play(answer(503));
    const retry = { maxRetries: 4, baseDelay: 0, budget: false } as const;
    const { http } = await start({ endpoints: [a.url, b.url, c.url], retry });
    await expect(http.get('/')).rejects.toMatchObject({ upstreamStatus: 503, url: `${b.url}/` });
    expect([a, b, c].map(({ arrived }) => arrived.length)).toEqual([2, 2, 1]);
  });

  it('a retry goes last to an endpoint that has refused the call', async () => {
    b.play(answer(503));
    const retry = { maxRetries: 2, baseDelay: 0, budget: false } as const;
    const { http } = await start({ endpoints: [refused, b.url], retry });
    await expect(http.get('/')).rejects.toMatchObject({ upstreamStatus: 503, url: `${b.url}/` });
    expect(b.arrived).toHaveLength(3);
  });

  it('a hedge goes to another endpoint', async () => {
    a.play(() => undefined);
    const { http, events } = await start({ endpoints: [a.url, b.url], hedge: { delay: 1 } });
    await expect(http.get('/')).resolves.toMatchObject({ url: `${b.url}/`, attempts: 2 });
    expect(events).toEqual([`hedge.started ${b.url}`, `hedge.won ${b.url}`, `call.settled ${b.url}`]);
  });

  it('a hedge that finds no connection moves on like any other attempt', async () => {
    a.play(() => undefined);
    const { http, events } = await start({ endpoints: [a.url, refused, c.url], hedge: { delay: 1 } });
    await expect(http.get('/')).resolves.toMatchObject({ url: `${c.url}/`, attempts: 3 });
    expect(events).toEqual([`hedge.started ${refused}`, `hedge.won ${c.url}`, `call.settled ${c.url}`]);
  });
});

describe('an endpoint is passed over', () => {
  it('while its circuit is open: no attempt is made of it', async () => {
    const { http, circuits, events } = await start({ endpoints: [a.url, b.url] });
    await http.get('/');
    circuits.get(`http[${a.url}]`)?.forceOpen();
    events.length = 0;
    await expect(http.get('/')).resolves.toMatchObject({ url: `${b.url}/`, attempts: 1 });
    expect(a.arrived).toHaveLength(1);
    expect(events).toEqual([`call.settled ${b.url}`]);
  });

  it('while so many calls wait for it as `maxPending` allows', async () => {
    a.play(() => undefined);
    const { http } = await start({ endpoints: [a.url, b.url], connections: 1, maxPending: 0, hedge: false });
    const held = new AbortController();
    const first = http.get('/', { signal: held.signal }).catch(() => undefined);
    await eventually(() => a.arrived.length === 1);
    await expect(http.get('/')).resolves.toMatchObject({ url: `${b.url}/`, attempts: 1 });
    held.abort();
    await first;
  });

  it('and asked again once its circuit lets a trial through', async () => {
    const clock = new ManualClock();
    const retry = false;
    const { http } = await start({ endpoints: [a.url, b.url], circuitBreaker, retry }, { clock });
    a.play(answer(503), answerJson(200, 'mended'));
    await expect(http.get('/')).rejects.toMatchObject({ upstreamStatus: 503 });
    await expect(http.get('/')).resolves.toMatchObject({ url: `${b.url}/` });
    await clock.advance(10_000);
    await expect(http.get('/')).resolves.toMatchObject({ url: `${a.url}/`, data: 'mended' });
  });
});

describe('a failover that waits for its turn', () => {
  const connections = { connections: 1, retry: false } as const;

  /** A call that holds the only connection to the endpoint, and one that waits for it after a refused connection. */
  async function startWaiting(options: ResilienceModuleOptions = {}) {
    const held = new HeldAnswers();
    b.play(held.behaviour);
    const app = await start({ endpoints: [refused, b.url], ...connections }, options);
    const first = app.http.get('/first');
    await eventually(() => held.count === 1);
    const gone = new AbortController();
    const refusals = app.failuresAt(refused) ?? 0;
    const waiting = app.http.get('/waiting', { signal: gone.signal });
    waiting.catch(() => undefined);
    await eventually(() => (app.failuresAt(refused) ?? 0) > refusals);
    return { ...app, held, first, gone, waiting };
  }

  it('keeps its chance while the application closes, like a first attempt', async () => {
    const { module, held, first, waiting } = await startWaiting({ shutdown: { grace: '10s' } });
    const closing = module.close();
    await new Promise((resolve) => setImmediate(resolve));
    held.release();
    await first;
    await eventually(() => held.count === 1);
    held.release();
    await expect(waiting).resolves.toMatchObject({ url: `${b.url}/waiting`, attempts: 2 });
    await closing;
  });

  it('is no retry that an abort suppresses', async () => {
    const { module, events, held, first, gone, waiting } = await startWaiting();
    gone.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(module.get(ResilienceMetrics).family('http')?.suppressed.aborted).toBe(0);
    expect(events.filter((event) => event.startsWith('retry'))).toEqual([]);
    held.release();
    await first;
  });
});

describe('when no endpoint takes the call', () => {
  const opened = { failureThreshold: 1, recoveryTimeout: '10s' } as const;

  it('it rejects with the circuit whose next trial is soonest, where all are open', async () => {
    const clock = new ManualClock();
    const { http, events } = await start(
      { endpoints: [a.url, b.url, c.url], circuitBreaker: opened, retry: false },
      { clock },
    );
    for (const server of [b, a, c]) {
      server.play(answer(503));
      await http.get(server.url).catch(() => undefined);
      await clock.advance(1000);
    }
    events.length = 0;
    await expect(http.get('/')).rejects.toMatchObject({
      code: 'RESILIENCE_CIRCUIT_OPEN',
      circuit: `http[${b.url}]`,
      retryAfter: 7000,
    });
    expect(events).toEqual([`circuit.rejected ${b.url}`, expect.stringMatching(/^call\.settled/)]);
  });

  it('it rejects with the error of the last connection where some were tried', async () => {
    const { http, circuits } = await start({
      endpoints: [a.url, refused, b.url],
      retry: { maxRetries: 1, baseDelay: 0 },
    });
    await http.get(a.url);
    await http.get(b.url);
    for (const { url } of [a, b]) circuits.get(`http[${url}]`)?.forceOpen();
    await expect(http.get('/')).rejects.toMatchObject({
      url: `${refused}/`,
      cause: { code: 'ECONNREFUSED' },
    });
  });

  it('it does so, too, where that very failure has opened the last circuit', async () => {
    const { http, circuits } = await start({ endpoints: [refused, b.url], circuitBreaker: opened });
    await http.get(b.url);
    circuits.get(`http[${b.url}]`)?.forceOpen();
    await expect(http.get('/')).rejects.toMatchObject({
      url: `${refused}/`,
      cause: { code: 'ECONNREFUSED' },
    });
  });

  it('it rejects with the refusal of the last one passed over otherwise', async () => {
    b.play(() => undefined);
    const { http, circuits } = await start({ endpoints: [a.url, b.url], connections: 1, maxPending: 0 });
    await http.get('/');
    circuits.get(`http[${a.url}]`)?.forceOpen();
    const held = new AbortController();
    const first = http.get('/', { signal: held.signal }).catch(() => undefined);
    await eventually(() => b.arrived.length === 1);
    await expect(http.get('/')).rejects.toMatchObject({
      code: 'RESILIENCE_BULKHEAD_FULL',
    });
    held.abort();
    await first;
  });

  it('a retry ends with the open circuit, and its error as the cause', async () => {
    for (const server of [a, b]) server.play(answer(503));
    const retry = { baseDelay: 0, budget: false } as const;
    const { http } = await start({ endpoints: [a.url, b.url], circuitBreaker: opened, retry });
    const error: unknown = await http.get('/').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CircuitOpenException);
    expect(error).toMatchObject({ cause: { upstreamStatus: 503, url: `${b.url}/` } });
  });
});

describe('Retry-After', () => {
  it('binds its own endpoint only: the retry goes to another one after its ordinary delay', async () => {
    const clock = new ManualClock();
    a.play(answer(503, '', { 'retry-after': 20 }));
    const retry = { baseDelay: 100, jitter: 'none', budget: false } as const;
    const app = await start({ endpoints: [a.url, b.url], retry, timeout: false }, { clock });
    const delays: number[] = [];
    app.module.get(ResilienceEvents).on('retry.scheduled', ({ delay }) => delays.push(delay));
    const done = app.http.get('/');
    await eventually(() => delays.length === 1);
    await clock.advance(100);
    await expect(done).resolves.toMatchObject({ url: `${b.url}/`, attempts: 2 });
    expect(delays).toEqual([100]);
  });

  it('counts with the soonest once all have sent one, and the retry goes to that endpoint', async () => {
    const clock = new ManualClock();
    a.play(answer(503, '', { 'retry-after': 20 }));
    b.play(answer(503, '', { 'retry-after': 5 }), answerJson(200, 'again'));
    const retry = { baseDelay: 0, jitter: 'none', budget: false } as const;
    const app = await start(
      { endpoints: [a.url, b.url], retry, timeout: false, circuitBreaker: false },
      { clock },
    );
    const delays: [number, string][] = [];
    app.module
      .get(ResilienceEvents)
      .on('retry.scheduled', ({ delay, reason }) => delays.push([delay, reason]));
    const done = app.http.get('/');
    await eventually(() => delays.length === 2);
    await clock.advance(4999);
    expect(b.arrived).toHaveLength(1);
    await clock.advance(1);
    await expect(done).resolves.toMatchObject({ data: 'again', url: `${b.url}/`, attempts: 3 });
    expect(delays).toEqual([
      [0, 'backoff'],
      [5000, 'retry-after'],
    ]);
    expect(a.arrived).toHaveLength(1);
  });

  it('is not cut short by a failover: the endpoint is left alone until its time is over', async () => {
    a.play(answer(503, '', { 'retry-after': 20 }));
    const retry = { maxRetries: 1, baseDelay: 1, budget: false } as const;
    const { http } = await start({ endpoints: [a.url, refused], retry, circuitBreaker: false });
    await expect(http.get('/')).rejects.toThrow(UpstreamConnectionException);
    expect(a.arrived).toHaveLength(1);
  });
});
