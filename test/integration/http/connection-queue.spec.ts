import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Agent } from 'undici';
import {
  BulkheadFullException,
  CircuitOpenException,
  createResilientFetch,
  ResilienceEvents,
  ShutdownException,
  TimeoutException,
} from 'nestjs-breakwater';
import type { HttpClientOptions, ResilienceEvent } from 'nestjs-breakwater';
import { ManualClock } from 'nestjs-breakwater/testing';
import {
  answer,
  endless,
  FaultServer,
  hangInBody,
  redirect,
} from '../../support/fault-server/fault-server.js';
import { HeldAnswers } from '../../support/held-answers.js';
import { eventually, startHttp, stopHttp } from '../../support/http-application.js';

const upstream = await FaultServer.start();
const elsewhere = await FaultServer.start();
let held: HeldAnswers;
beforeEach(() => {
  held = new HeldAnswers();
  upstream.play(held.behaviour);
  elsewhere.play(answer(200, 'elsewhere'));
});
afterEach(stopHttp);
afterAll(() => Promise.all([upstream.stop(), elsewhere.stop()]));

/** A client with so many connections per origin, on virtual time. */
async function startNarrow(connections: number, options: HttpClientOptions = {}) {
  const clock = new ManualClock();
  const http = { baseUrl: upstream.url, allowAbsoluteUrls: true, connections, ...options };
  const app = await startHttp(http, { clock });
  const told: ResilienceEvent[] = [];
  app.module
    .get(ResilienceEvents)
    .asObservable()
    .subscribe((event) => void told.push(event));
  return { ...app, clock, told };
}

/** Lets everything happen that is under way in this process. */
const settled = async () => {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
};

describe('calls to one origin', () => {
  it('are all under way at once, as long as there are no more than 256', async () => {
    const { http, circuits } = await startHttp({ baseUrl: upstream.url, timeout: false });
    const calls = Array.from({ length: 256 }, () => http.get('/'));
    await eventually(() => held.count === 256);
    const late = http.get('/late');
    await settled();
    expect(held.count).toBe(256);
    held.releaseAll();
    await Promise.all(calls);
    await eventually(() => held.count === 1);
    held.release();
    await late;
    expect([...circuits].map(({ state, metrics }) => [state, metrics.failures])).toEqual([['closed', 0]]);
  });

  it('wait for a connection in the order in which they came', async () => {
    const { http } = await startNarrow(2);
    const calls = ['/1', '/2', '/3', '/4', '/5'].map((path) => http.get(path));
    await eventually(() => held.count === 2);
    await settled();
    expect(held.paths).toEqual(['/1', '/2']);
    const order: string[] = [];
    for (let count = 0; count < 5; count++) {
      await eventually(() => held.count > 0);
      order.push(held.paths[0]);
      held.release();
      await calls[count];
    }
    expect(order).toEqual(['/1', '/2', '/3', '/4', '/5']);
    expect(upstream.openConnections).toBe(2);
  });

  it('are refused beyond `maxPending`, and the refusal says where', async () => {
    const { http, told } = await startNarrow(1, { maxPending: 1, retry: false });
    const calls = [http.get('/'), http.get('/')];
    await expect(http.get('/')).rejects.toBeInstanceOf(BulkheadFullException);
    expect(told.filter(({ type }) => type === 'bulkhead.rejected')).toMatchObject([
      { name: 'http', key: upstream.url },
    ]);
    for (const call of calls) {
      await eventually(() => held.count === 1);
      held.release();
      await call;
    }
  });

  it('wait for their own origin only', async () => {
    const { http } = await startNarrow(1);
    const waiting = http.get('/');
    await eventually(() => held.count === 1);
    await expect(http.get(`${elsewhere.url}/`)).resolves.toMatchObject({ data: 'elsewhere' });
    held.release();
    await waiting;
  });

  it('do not wait with a dispatcher of the user', async () => {
    const agent = new Agent();
    const { http } = await startHttp({ baseUrl: upstream.url, dispatcher: agent, timeout: false });
    const calls = Array.from({ length: 300 }, () => http.get('/'));
    await eventually(() => held.count === 300);
    held.releaseAll();
    await Promise.all(calls);
    await agent.close();
  });
});

describe('the time of a call that waits for a connection', () => {
  const timeout = { attempt: 1000, total: 3000 };

  it('counts for the total timeout, and the attempt begins with the connection', async () => {
    const { http, clock } = await startNarrow(1, { timeout, retry: false });
    const first = http.get('/first');
    const second = http.get('/second');
    await eventually(() => held.count === 1);
    await clock.advance(900);
    held.release();
    await first;
    await eventually(() => held.count === 1);
    await clock.advance(900);
    held.release();
    await expect(second).resolves.toMatchObject({ data: 'released' });
  });

  it('ends with the total timeout, and nothing was sent', async () => {
    const { http, clock } = await startNarrow(1, { timeout: { total: 500 }, retry: false });
    const patient = http.get('/patient', { timeout: { total: 10_000 } });
    await eventually(() => held.count === 1);
    const ended = expect(http.post('/never', {})).rejects.toMatchObject({ scope: 'total' });
    await clock.advance(500);
    await ended;
    held.release();
    await patient;
    await settled();
    expect(upstream.arrived.map(({ path }) => path)).toEqual(['/patient']);
  });

  it('does not make it a slow call', async () => {
    const circuitBreaker = { slowCallRate: 0.5, slowCallDuration: 500, minimumCalls: 1 };
    const { http, clock, circuits } = await startNarrow(1, { circuitBreaker, timeout: false });
    const calls = [http.get('/'), http.get('/')];
    for (const call of calls) {
      await eventually(() => held.count === 1);
      await clock.advance(400);
      held.release();
      await call;
    }
    expect(circuits.get(`http[${upstream.url}]`)?.metrics).toMatchObject({ calls: 2, slowCalls: 0 });
  });

  it('does not count for the time of a trial', async () => {
    const circuitBreaker = {
      failureThreshold: 1,
      failureRate: undefined,
      recoveryTimeout: 100,
      key: () => 'one',
    };
    const { http, clock, circuits } = await startNarrow(1, { circuitBreaker, timeout: false, retry: false });
    const failing = expect(http.get('/failing')).rejects.toMatchObject({ upstreamStatus: 503 });
    await eventually(() => held.count === 1);
    held.release(answer(503));
    await failing;
    const busy = http.get('/busy', { circuitBreaker: false });
    await eventually(() => held.count === 1);
    await clock.advance(100);
    const trial = http.get('/trial');
    await clock.advance(1000);
    held.release();
    await busy;
    await eventually(() => held.count === 1);
    await clock.advance(99);
    expect(circuits.get('http[one]')?.state).toBe('half-open');
    held.release();
    await trial;
    expect(circuits.get('http[one]')?.state).toBe('closed');
  });

  it('does not count for the delay of a hedge', async () => {
    const { http, clock } = await startNarrow(1, { hedge: { delay: 100 }, timeout: false });
    const first = http.get('/first', { hedge: false });
    await eventually(() => held.count === 1);
    const second = http.get('/second');
    await clock.advance(1000);
    held.release();
    await first;
    await eventually(() => held.count === 1);
    expect(held.paths).toEqual(['/second']);
    await clock.advance(99);
    await settled();
    held.release();
    await second;
    expect(upstream.arrived).toHaveLength(2);
  });
});

describe('a connection is kept', () => {
  const streamed = { responseType: 'stream' as const };

  it('until a body that is a stream has ended', async () => {
    const { http } = await startNarrow(1);
    const opening = http.get<Readable>('/body', streamed);
    const next = http.get('/next');
    await eventually(() => held.count === 1);
    let finish = () => {};
    held.release((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nhalf');
      finish = () => void socket.write('half');
    });
    const { data } = await opening;
    await settled();
    expect(held.count).toBe(0);
    finish();
    await expect(text(data)).resolves.toBe('halfhalf');
    await eventually(() => held.count === 1);
    held.release();
    await next;
  });

  it.each([
    [
      'a stream that is destroyed',
      async (app: Awaited<ReturnType<typeof startNarrow>>) =>
        void (await app.http.get<Readable>('/', streamed)).data.destroy(),
    ],
    [
      'a fetch whose body is cancelled',
      async (app: Awaited<ReturnType<typeof startNarrow>>) =>
        (await createResilientFetch(app.http)(`${upstream.url}/`)).body?.cancel(),
    ],
    [
      'an answer that is larger than accepted',
      async (app: Awaited<ReturnType<typeof startNarrow>>) =>
        void (await app.http.get('/', { maxResponseBytes: 10 }).catch(() => undefined)),
    ],
  ])('no longer than %s needs it', async (_name, leave) => {
    const app = await startNarrow(1, { retry: false });
    upstream.play(endless(), held.behaviour);
    await leave(app);
    const next = app.http.get('/next');
    await eventually(() => held.count === 1);
    held.release();
    await next;
  });

  it('no longer than an attempt that runs out of time, whose caller is gone, or whose connection breaks', async () => {
    const { http, clock } = await startNarrow(1, { timeout: { attempt: 100, total: 1000 }, retry: false });
    const late = expect(http.get('/late')).rejects.toBeInstanceOf(TimeoutException);
    await eventually(() => held.count === 1);
    await clock.advance(100);
    await late;
    const leaving = new AbortController();
    const left = expect(http.get('/left', { signal: leaving.signal })).rejects.toBeDefined();
    await eventually(() => held.count === 2);
    leaving.abort();
    await left;
    const broken = expect(http.get('/broken')).rejects.toMatchObject({
      code: 'RESILIENCE_UPSTREAM_CONNECTION',
    });
    await eventually(() => held.count === 3);
    for (let count = 0; count < 3; count++) held.release((socket) => void socket.resetAndDestroy());
    await broken;
    const next = http.get('/next');
    await eventually(() => held.count === 1);
    held.release();
    await next;
  });

  it('not while it is only being made for an attempt that is over', async () => {
    const open = new Set<Socket>();
    const silent = createServer((socket) => {
      open.add(socket.resume());
      socket.on('error', () => undefined).on('close', () => open.delete(socket));
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const { http, clock } = await startNarrow(1, { timeout: { attempt: 100, total: 9000 }, retry: false });
    for (let count = 0; count < 3; count++) {
      const ended = expect(http.post(`https://127.0.0.1:${port}/`)).rejects.toBeInstanceOf(TimeoutException);
      await eventually(() => open.size === 1);
      await clock.advance(100);
      await ended;
      await eventually(() => open.size === 0);
    }
    await new Promise((resolve) => silent.close(resolve));
  });
});

describe('a call that has waited for a connection', () => {
  it('asks its circuit again, which has heard of the call before it', async () => {
    const circuitBreaker = { failureThreshold: 1, failureRate: undefined };
    const { http } = await startNarrow(1, { circuitBreaker, retry: false });
    const failing = expect(http.get('/failing')).rejects.toMatchObject({ upstreamStatus: 503 });
    const waiting = Array.from({ length: 20 }, () =>
      expect(http.get('/never')).rejects.toBeInstanceOf(CircuitOpenException),
    );
    await eventually(() => held.count === 1);
    held.release(answer(503));
    await Promise.all([failing, ...waiting]);
    expect(upstream.arrived.map(({ path }) => path)).toEqual(['/failing']);
  });

  it('leaves when its caller aborts, and the others move up', async () => {
    const { http } = await startNarrow(1);
    const leaving = new AbortController();
    const first = http.get('/first');
    const left = expect(http.get('/left', { signal: leaving.signal })).rejects.toBe('enough');
    const last = http.get('/last');
    leaving.abort('enough');
    await left;
    for (const call of [first, last]) {
      await eventually(() => held.count === 1);
      held.release();
      await call;
    }
    expect(upstream.arrived.map(({ path }) => path)).toEqual(['/first', '/last']);
  });

  it('gets a ShutdownException when the grace is over, and sends nothing', async () => {
    const { http, module } = await startNarrow(1);
    const calls = [http.get('/running'), http.post('/queued', {})].map((call) =>
      expect(call).rejects.toBeInstanceOf(ShutdownException),
    );
    await eventually(() => held.count === 1);
    await module.close();
    await Promise.all(calls);
    expect(upstream.arrived.map(({ path }) => path)).toEqual(['/running']);
  });

  it('ends with its last error if it waits for a retry when the application begins to close', async () => {
    const grace = { shutdown: { grace: 60_000 } };
    const { http, module } = await startHttp(
      {
        baseUrl: upstream.url,
        allowAbsoluteUrls: true,
        connections: 1,
        retry: { baseDelay: 0 },
        timeout: false,
      },
      grace,
    );
    const failing = expect(http.get('/failing')).rejects.toMatchObject({ upstreamStatus: 503 });
    await eventually(() => held.count === 1);
    const queued = http.get('/queued');
    held.release(answer(503));
    await eventually(() => held.count === 1);
    await settled();
    const closing = module.close();
    await failing;
    held.release();
    await queued;
    await closing;
    expect(upstream.arrived.map(({ path }) => path)).toEqual(['/failing', '/queued']);
  });
});

describe('a redirect to another origin', () => {
  it('gives its connection back and takes one of the other origin, for which it waits', async () => {
    const there = new HeldAnswers();
    elsewhere.play(there.behaviour);
    const { http } = await startNarrow(1);
    const busy = http.get(`${elsewhere.url}/busy`);
    await eventually(() => there.count === 1);
    const led = http.get('/led');
    const next = http.get('/next');
    await eventually(() => held.count === 1);
    held.release(redirect(307, `${elsewhere.url}/there`));
    await eventually(() => held.paths.includes('/next'));
    expect(there.paths).toEqual(['/busy']);
    there.release();
    await busy;
    await eventually(() => there.paths.includes('/there'));
    there.release();
    held.release();
    await expect(led).resolves.toMatchObject({ url: `${elsewhere.url}/there` });
    await next;
    const again = [http.get('/again'), http.get(`${elsewhere.url}/again`)];
    await eventually(() => held.count + there.count === 2);
    held.release();
    there.release();
    await Promise.all(again);
  });

  it('leaves the queue of the other origin when its time is over, which no circuit hears of', async () => {
    const there = new HeldAnswers();
    elsewhere.play(there.behaviour);
    const { http, clock, circuits } = await startNarrow(1, {
      timeout: { attempt: 100, total: 1000 },
      retry: false,
    });
    const busy = http.get(`${elsewhere.url}/busy`, { timeout: false });
    await eventually(() => there.count === 1);
    const led = expect(http.get('/led')).rejects.toBeInstanceOf(TimeoutException);
    await eventually(() => held.count === 1);
    held.release(redirect(307, `${elsewhere.url}/there`));
    await settled();
    await clock.advance(100);
    await led;
    // the origin that has led there has answered
    expect(circuits.get(`http[${upstream.url}]`)?.metrics.failures).toBe(0);
    there.release();
    await busy;
    const next = http.get(`${elsewhere.url}/next`);
    await eventually(() => there.count === 1);
    expect(there.paths).toEqual(['/next']);
    there.release();
    await next;
  });
});

describe('the pools of a client', () => {
  it('are as many as its circuits, and the connections of one that leaves are closed', async () => {
    const { http } = await startNarrow(4, { circuitBreaker: { maxKeys: 1 } });
    upstream.play(answer(200));
    await Promise.all([http.get('/'), http.get('/')]);
    expect(upstream.openConnections).toBe(2);
    await http.get(`${elsewhere.url}/`);
    await eventually(() => upstream.openConnections === 0);
  });

  it('let an exchange end whose origin has left', async () => {
    const { http } = await startNarrow(4, { circuitBreaker: { maxKeys: 1 } });
    const running = http.get('/');
    await eventually(() => held.count === 1);
    await http.get(`${elsewhere.url}/`);
    held.release();
    await expect(running).resolves.toMatchObject({ data: 'released' });
    await eventually(() => upstream.openConnections === 0);
  });

  it('leave no connection behind when the application closes, whatever is under way', async () => {
    const { http, module } = await startNarrow(4, { circuitBreaker: { maxKeys: 1 } });
    upstream.play(answer(200), hangInBody, held.behaviour);
    await http.get('/');
    const { data } = await http.get<Readable>('/', { responseType: 'stream' });
    const running = expect(http.get('/')).rejects.toBeInstanceOf(ShutdownException);
    await eventually(() => held.count === 1);
    await http.get(`${elsewhere.url}/`);
    await module.close();
    await running;
    await eventually(() => upstream.openConnections + elsewhere.openConnections === 0);
    expect(data.destroyed).toBe(true);
  });
});
