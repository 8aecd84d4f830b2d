import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import axios from 'axios';
import { gzipSync } from 'node:zlib';
import { axiosTransport, fetchTransport, UpstreamConnectionException } from 'nestjs-breakwater';
import type { HttpTransport } from 'nestjs-breakwater';
import {
  answer,
  encoded,
  endless,
  FaultServer,
  resetInBody,
  tooShort,
} from '../../support/fault-server/fault-server.js';
import { eventually, startHttp, stopHttp } from '../../support/http-application.js';

const upstream = await FaultServer.start();
afterAll(() => upstream.stop());
afterEach(stopHttp);

const gzip = { 'content-encoding': 'gzip' };
const half = Buffer.concat([gzipSync('text '.repeat(100)).subarray(0, 12), Buffer.alloc(20, 7)]);

describe.each<[string, () => HttpTransport | undefined]>([
  ['undici', () => undefined],
  ['axios', () => axiosTransport(axios.create())],
  ['fetch', () => fetchTransport()],
])('over %s', (_name, transport) => {
  const start = (more = {}) =>
    startHttp({
      baseUrl: upstream.url,
      transport: transport(),
      retry: { maxRetries: 1, baseDelay: 0, budget: false },
      maxResponseBytes: 1000,
      ...more,
    });

  it.each([
    ['that is too short', tooShort],
    ['that is reset in its body', resetInBody],
  ])('an answer %s is none, and asked for again', async (_name, behaviour) => {
    const { http } = await start();
    upstream.play(behaviour);
    await expect(http.get('/')).rejects.toBeInstanceOf(UpstreamConnectionException);
    expect(upstream.arrived).toHaveLength(2);
    upstream.play(behaviour);
    await expect(http.post('/', {})).rejects.toBeInstanceOf(UpstreamConnectionException);
    expect(upstream.arrived).toHaveLength(1);
  });

  it.each([
    ['no gzip at all', answer(200, 'text', gzip)],
    ['gzip that breaks off', answer(200, half, gzip)],
  ])('an answer in %s cannot be used, and is not asked for again', async (_name, behaviour) => {
    const { http, circuits } = await start({ circuitBreaker: { failureThreshold: 1 } });
    upstream.play(behaviour);
    await expect(http.get('/')).rejects.toMatchObject({ code: 'RESILIENCE_INVALID_RESPONSE' });
    expect(upstream.arrived).toHaveLength(1);
    expect([...circuits].map(({ state }) => state)).toEqual(['closed']);
  });

  it.each([
    ['in a broken encoding', (status: number) => answer(status, 'text', { ...gzip, 'retry-after': '0' })],
    ['that is too large', (status: number) => answer(status, 'x'.repeat(5000), { 'retry-after': '0' })],
    ['that is a bomb', (status: number) => bomb(status)],
  ])('an error with a body %s is still that error', async (_name, behaviour) => {
    const { http } = await start();
    upstream.play(behaviour(404));
    const failing = http.get('/');
    await expect(failing).rejects.toMatchObject({
      upstreamStatus: 404,
      upstreamHeaders: { 'retry-after': '0' },
    });
    expect(upstream.arrived).toHaveLength(1);
    upstream.play(behaviour(503));
    await expect(http.get('/')).rejects.toMatchObject({ upstreamStatus: 503, retryAfter: 0 });
    expect(upstream.arrived).toHaveLength(2);
  });

  it('an endless error lets go of its connection', async () => {
    const { http } = await start();
    upstream.play(endless(404));
    await expect(http.get('/')).rejects.toMatchObject({ upstreamStatus: 404 });
    await eventually(() => upstream.hasLostLast);
  });

  it('bytes, forms and blobs are sent', async () => {
    const { http } = await start();
    const form = new FormData();
    form.set('name', 'value');
    upstream.play(answer(200));
    for (const body of [new Uint8Array([65, 66]), new DataView(new ArrayBuffer(2)), form, new Blob(['blob'])])
      await http.post('/', body);
    const [bytes, view, multipart, blob] = upstream.arrived.map(({ body }) => body);
    expect([bytes, view, blob]).toEqual(['AB', '\0\0', 'blob']);
    expect(multipart).toContain('name="name"\r\n\r\nvalue');
  });

  it('a stream that breaks before it is read ends nothing but itself', async () => {
    const { http } = await start();
    upstream.play(resetInBody);
    const { data } = await http.get('/', { responseType: 'stream' });
    await eventually(() => data.destroyed || data.errored !== null);
    expect(data.readableEnded).toBe(false);
  });
});

function bomb(status: number): ReturnType<typeof answer> {
  return answer(status, gzipSync(Buffer.alloc(5_000_000)), { ...gzip, 'retry-after': '0' });
}

it.each(['text/json', 'image/x+json; charset=utf-8', 'Application/LD+JSON'])('%s is JSON', async (type) => {
  const { http } = await startHttp({ baseUrl: upstream.url });
  upstream.play(encoded('br', '[1]', { 'content-type': type }));
  expect((await http.get('/')).data).toEqual([1]);
});
