import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { UpstreamConnectionException, UpstreamHttpException } from 'nestjs-breakwater';
import {
  answer,
  answerJson,
  closeDelimited,
  closeInFace,
  drip,
  earlyHints,
  encoded,
  endless,
  FaultServer,
  hangInBody,
  resetInBody,
  tooShort,
} from '../../support/fault-server/fault-server.js';
import { ManualClock } from 'nestjs-breakwater/testing';
import { eventually, startHttp, stopHttp } from '../../support/http-application.js';

const upstream = await FaultServer.start();
afterAll(() => upstream.stop());
afterEach(stopHttp);

const json = { 'content-type': 'application/json' };

describe('an encoded answer', () => {
  it.each(['gzip', 'br', 'deflate', 'raw deflate'] as const)('in %s is decoded', async (encoding) => {
    const { http } = await startHttp({ baseUrl: upstream.url });
    upstream.play(encoded(encoding, '{"fine":true}', json));
    const { data, headers } = await http.get('/');
    expect(data).toEqual({ fine: true });
    expect(headers).not.toHaveProperty('content-encoding');
    expect(upstream.arrived[0]?.headers['accept-encoding']).toBe('gzip, deflate, br');
    expect((await http.get('/', { responseType: 'stream' })).data.readable).toBe(true);
  });

  it('is left alone if the user asks for encodings', async () => {
    const { http } = await startHttp({ baseUrl: upstream.url, responseType: 'buffer' });
    upstream.play(encoded('gzip', 'text'));
    const { data, headers } = await http.get<Buffer>('/', { headers: { 'Accept-Encoding': 'gzip' } });
    expect(data.subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
    expect(headers['content-encoding']).toBe('gzip');
  });

  it('that holds more than maxResponseBytes is given up while it is decoded', async () => {
    const { http } = await startHttp({ baseUrl: upstream.url, maxResponseBytes: 100_000 });
    upstream.play(encoded('gzip', Buffer.alloc(60 * 1024 * 1024)));
    const before = process.memoryUsage().arrayBuffers;
    await expect(http.get('/')).rejects.toMatchObject({ code: 'RESILIENCE_RESPONSE_TOO_LARGE' });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 * 1024 * 1024);
    expect(upstream.arrived).toHaveLength(1);
  });

  it('that is broken cannot be used', async () => {
    const { http } = await startHttp({ baseUrl: upstream.url });
    for (const body of ['not gzip at all', Buffer.from([0x1f, 0x8b, 8, 0, 0])]) {
      upstream.play(answer(200, body, { 'content-encoding': 'gzip' }));
      await expect(http.get('/')).rejects.toMatchObject({ code: 'RESILIENCE_INVALID_RESPONSE' });
      expect(upstream.arrived).toHaveLength(1);
    }
  });

  it('without a body is empty', async () => {
    const { http } = await startHttp({ baseUrl: upstream.url });
    upstream.play(
      answer(204, '', { 'content-encoding': 'gzip' }),
      answer(200, '', { 'content-encoding': 'br' }),
    );
    expect((await http.get('/')).data).toBeUndefined();
    expect((await http.get('/')).data).toBeUndefined();
    expect((await http.head('/')).data).toBeUndefined();
  });
});

describe('an answer', () => {
  it.each([
    ['after early hints', earlyHints(answerJson(200, 1)), 1],
    ['that ends with its connection', closeDelimited('text'), 'text'],
    ['that drips', drip('slowly'), 'slowly'],
    ['with a byte order mark', answer(200, '\ufeff{"a":1}', json), { a: 1 }],
    [
      'in another charset',
      answer(200, Buffer.from([0xe4]), { 'content-type': 'text/plain; charset=latin1' }),
      'ä',
    ],
    [
      'with problem details',
      answer(200, '{"a":1}', { 'content-type': 'application/problem+json' }),
      { a: 1 },
    ],
    ['with JSON by mistake', answer(200, '{', { 'content-type': 'text/json-like' }), '{'],
  ])('%s is read', async (_name, behaviour, data) => {
    const { http } = await startHttp({ baseUrl: upstream.url });
    upstream.play(behaviour);
    await expect(http.get('/')).resolves.toMatchObject({ status: 200, data });
  });

  it('has an array for a header that came twice', async () => {
    const { http } = await startHttp({ baseUrl: upstream.url });
    upstream.play(answer(200, '', { 'Set-Cookie': ['a=1', 'b=2'] }));
    expect((await http.get('/')).headers['set-cookie']).toEqual(['a=1', 'b=2']);
  });

  it('that is 304 is not accepted, and not asked for again or held against the upstream', async () => {
    const { http, circuits } = await startHttp({
      baseUrl: upstream.url,
      circuitBreaker: { failureThreshold: 1 },
    });
    upstream.play(answer(304));
    await expect(http.get('/')).rejects.toMatchObject({ upstreamStatus: 304 });
    expect(upstream.arrived).toHaveLength(1);
    expect([...circuits].map(({ state }) => state)).toEqual(['closed']);
    await expect(http.get('/', { validateStatus: () => true })).resolves.toMatchObject({ status: 304 });
  });

  it.each([
    ['that is too short', tooShort],
    ['that is reset in its body', resetInBody],
    ['that is none: the connection is closed', closeInFace],
  ])('%s is no answer, and asked for again', async (_name, behaviour) => {
    const { http } = await startHttp({ baseUrl: upstream.url, retry: { maxRetries: 1, baseDelay: 0 } });
    upstream.play(behaviour);
    await expect(http.get('/')).rejects.toBeInstanceOf(UpstreamConnectionException);
    expect(upstream.arrived).toHaveLength(2);
  });

  it('with an endless error body is still the error, its body cut', async () => {
    const { http } = await startHttp({ baseUrl: upstream.url, maxResponseBytes: 1000, retry: false });
    for (const responseType of ['json', 'stream'] as const) {
      upstream.play(endless(404));
      const error = await http.get('/', { responseType }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(UpstreamHttpException);
      expect((error as UpstreamHttpException).upstreamBody).toBe('x'.repeat(1000));
    }
    await eventually(() => upstream.hasLostLast);
  });

  it('421 is asked for again over another connection', async () => {
    const { http } = await startHttp({ baseUrl: upstream.url });
    upstream.play(answer(200), answer(421), answer(200, 'right'));
    await http.get('/');
    await expect(http.post('/', {})).resolves.toMatchObject({ data: 'right', attempts: 2 });
    const [first, second, third] = upstream.arrived.map(({ connection }) => connection);
    expect([first, second]).not.toContain(third);
    await eventually(() => upstream.hasLostLast);
  });

  it('413 is asked for again if it says when', async () => {
    const { http } = await startHttp({ baseUrl: upstream.url });
    upstream.play(answer(413, '', { 'retry-after': 0 }), answer(200));
    await expect(http.put('/', {})).resolves.toMatchObject({ attempts: 2 });
    upstream.play(answer(413), answer(200));
    await expect(http.put('/', {})).rejects.toMatchObject({ upstreamStatus: 413 });
  });
});

describe('a streamed answer', () => {
  const stream = { responseType: 'stream' } as const;

  it('is a Node stream whose timeouts have ended with the headers', async () => {
    const clock = new ManualClock();
    const timeout = { attempt: 100, total: 150 };
    const { http } = await startHttp({ baseUrl: upstream.url, timeout }, { clock });
    const sockets: Socket[] = [];
    upstream.play((socket) => {
      sockets.push(socket);
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nha');
    });
    const { data, status } = await http.get('/', stream);
    await clock.advance(250);
    sockets[0]?.write('lf');
    expect(status).toBe(200);
    expect(data).toBeInstanceOf(Readable);
    await expect(text(data)).resolves.toBe('half');
  });

  it('may be larger than maxResponseBytes, and ends its connection when it is left', async () => {
    const { http } = await startHttp({ baseUrl: upstream.url, maxResponseBytes: 10 });
    upstream.play(endless());
    let size = 0;
    for await (const chunk of (await http.get('/', stream)).data) {
      size += (chunk as Buffer).length;
      if (size > 1_000_000) break;
    }
    await eventually(() => upstream.hasLostLast);
  });

  it('is decoded', async () => {
    const { http } = await startHttp({ baseUrl: upstream.url });
    const body = 'x'.repeat(3_000_000);
    upstream.play(encoded('br', body));
    expect(await text((await http.get('/', stream)).data)).toHaveLength(body.length);
  });

  it('ends with the signal’s reason when the caller aborts', async () => {
    const { http } = await startHttp({ baseUrl: upstream.url });
    upstream.play(hangInBody);
    const abort = new AbortController();
    const { data } = await http.get('/', { ...stream, signal: abort.signal });
    const reading = text(data);
    const reason = new Error('enough');
    abort.abort(reason);
    await expect(reading).rejects.toBe(reason);
    await eventually(() => upstream.hasLostLast);
  });

  it('that breaks tells so to whoever reads it, and to nobody else', async () => {
    const { http } = await startHttp({ baseUrl: upstream.url });
    upstream.play(resetInBody);
    await expect(http.get('/', stream).then(({ data }) => text(data))).rejects.toBeInstanceOf(
      UpstreamConnectionException,
    );
    const { data } = await http.get('/', stream);
    await eventually(() => data.destroyed || data.errored !== null);
  });

  it('is retried until its headers are fine, and an error still has its body', async () => {
    const { http } = await startHttp({ baseUrl: upstream.url });
    upstream.play(answer(503), answer(200, 'fine'));
    const { data, attempts } = await http.get('/', stream);
    expect([await text(data), attempts]).toEqual(['fine', 2]);
    upstream.play(answerJson(404, { why: 1 }));
    await expect(http.get('/', stream)).rejects.toMatchObject({ upstreamBody: { why: 1 } });
  });

  it('that retryOnResult discards is let go of', async () => {
    const { http } = await startHttp({
      baseUrl: upstream.url,
      retry: { baseDelay: 0, retryOnResult: ({ headers }: { headers: object }) => 'x-again' in headers },
    });
    upstream.play(
      (socket) => void socket.write('HTTP/1.1 200 OK\r\nx-again: 1\r\ncontent-length: 100\r\n\r\nhalf'),
      answer(200, 'fine'),
    );
    expect(await text((await http.get('/', stream)).data)).toBe('fine');
    await eventually(() => upstream.hasLost(0));
  });
});

it('a signal shared by many calls warns of nothing', async () => {
  const { http } = await startHttp({ baseUrl: upstream.url });
  const warnings: string[] = [];
  const onWarning = ({ name }: Error) => warnings.push(name);
  process.on('warning', onWarning);
  const { signal } = new AbortController();
  upstream.play(drip('answer'));
  await Promise.all(Array.from({ length: 60 }, () => http.get('/', { signal })));
  const streams = await Promise.all(
    Array.from({ length: 20 }, () => http.get('/', { signal, responseType: 'stream' })),
  );
  await Promise.all(streams.map(({ data }) => text(data)));
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
});
