import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import axios from 'axios';
import {
  axiosTransport,
  createResilientFetch,
  fetchTransport,
  ResilienceModule,
  TimeoutException,
  UpstreamConnectionException,
} from 'nestjs-breakwater';
import type { HttpTransport, ResilientHttpService } from 'nestjs-breakwater';
import { ManualClock } from 'nestjs-breakwater/testing';
import { Test } from '@nestjs/testing';
import {
  endless,
  FaultServer,
  hangInBody,
  resetInBody,
  tooShort,
} from '../../support/fault-server/fault-server.js';
import { eventually, startHttp, stopHttp } from '../../support/http-application.js';

const upstream = await FaultServer.start();
afterAll(() => upstream.stop());
afterEach(stopHttp);

const transports: [string, HttpTransport | undefined][] = [
  ['undici', undefined],
  ['axios', axiosTransport(axios.create())],
  ['fetch', fetchTransport()],
];

const streamOf = async (http: ResilientHttpService, options = {}) =>
  (await http.get(upstream.url, { ...options, responseType: 'stream' })).data;

const endOf = (stream: Readable) => new Promise((resolve) => stream.once('error', resolve));

describe.each(transports)('a streamed body over %s that stalls', (_name, transport) => {
  it('is ended after five minutes, and its connection with it', async () => {
    const clock = new ManualClock();
    const { http } = await startHttp({ transport }, { clock });
    upstream.play(hangInBody);
    const stream = await streamOf(http);
    const ended = endOf(stream);
    stream.resume();
    await clock.advance(299_000);
    expect(stream.destroyed).toBe(false);
    await clock.advance(2_000);
    expect(await ended).toBeInstanceOf(TimeoutException);
    expect(await ended).toMatchObject({ scope: 'idle', timeout: 300_000 });
    await eventually(() => upstream.hasLostLast);
  });

  it('has a limit of its own in a client and in a request; false is none', async () => {
    const clock = new ManualClock();
    const { http } = await startHttp({ transport, timeout: { idle: '10s' } }, { clock });
    upstream.play(hangInBody);
    const [ofClient, ofRequest, without] = [
      await streamOf(http),
      await streamOf(http, { timeout: { idle: '20s' } }),
      await streamOf(http, { timeout: false }),
    ];
    await clock.advance(10_001);
    expect([ofClient, ofRequest, without].map(({ destroyed }) => destroyed)).toEqual([true, false, false]);
    await clock.advance(10_001);
    expect([ofRequest, without].map(({ destroyed }) => destroyed)).toEqual([true, false]);
    without.destroy();
  });
});

describe('a streamed body', () => {
  it('lasts as long as it likes while something comes', async () => {
    const clock = new ManualClock();
    const { http } = await startHttp({ timeout: { idle: '10s' } }, { clock });
    let write: (text: string) => void = () => undefined;
    upstream.play((socket) => {
      write = (text) => void socket.write(text);
      write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n');
    });
    const stream = await streamOf(http);
    let received = 0;
    stream.on('data', (chunk: Buffer) => (received += chunk.length));
    for (let sent = 1; sent <= 5; sent++) {
      await clock.advance(9_000);
      write('x');
      await eventually(() => received === sent);
    }
    await clock.advance(9_999);
    expect(stream.destroyed).toBe(false);
    await clock.advance(2);
    expect(stream.destroyed).toBe(true);
  });

  it('whose reader pauses does not stall', async () => {
    const clock = new ManualClock();
    const { http } = await startHttp({ timeout: { idle: '10s' } }, { clock });
    upstream.play(endless());
    const stream = await streamOf(http);
    await eventually(() => stream.readableLength >= stream.readableHighWaterMark);
    await clock.advance(60_000);
    expect(stream.destroyed).toBe(false);
    stream.destroy();
  });

  it('that is complete is left to its reader', async () => {
    const clock = new ManualClock();
    const { http } = await startHttp({ timeout: { idle: '10s' } }, { clock });
    upstream.play((socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfull'));
    const stream = await streamOf(http);
    await eventually(() => stream.readableLength === 4);
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(60_000);
    expect(String(await stream.toArray())).toBe('full');
  });

  it('of a resilient fetch stalls too, also for a caller with a signal', async () => {
    const clock = new ManualClock();
    const { http } = await startHttp({ timeout: { idle: '10s' } }, { clock });
    upstream.play(hangInBody);
    const { signal } = new AbortController();
    const response = await createResilientFetch(http)(upstream.url, { signal });
    const reading = response.text().catch((error: unknown) => error);
    await clock.advance(10_001);
    expect(await reading).toMatchObject({ name: 'TypeError', cause: { scope: 'idle' } });
  });
});

it('the limit of a body is one of HTTP: a policy has none', async () => {
  const policies = { slow: { timeout: { idle: '1s' } as object } };
  const starting = Test.createTestingModule({ imports: [ResilienceModule.forRoot({ policies })] }).compile();
  await expect(starting).rejects.toThrow('policies.slow.timeout.idle');
  await expect(startHttp({ timeout: { idle: 0 } })).rejects.toThrow('http.timeout.idle');
});

describe.each(transports)('an answer over %s that breaks off', (_name, transport) => {
  it.each([
    ['is reset', resetInBody, 4],
    ['ends too early', tooShort, 5],
  ])('is told from none when it %s', async (_how, behaviour, bytes) => {
    const { http } = await startHttp({ transport, retry: false });
    upstream.play(behaviour);
    const error: unknown = await http.get(upstream.url).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UpstreamConnectionException);
    expect((error as Error).message).toContain('was answered with 200, and the answer broke off');
    if (transport === undefined) expect(error).toMatchObject({ brokeOff: { status: 200, bytes } });
  });

  it.each([
    ['is reset', resetInBody, 4],
    ['ends too early', tooShort, 5],
  ])('says so when it is streamed and %s', async (_how, behaviour, bytes) => {
    const { http } = await startHttp({ transport, retry: false });
    upstream.play(behaviour);
    const stream = await streamOf(http);
    const ended = endOf(stream);
    stream.resume();
    const error = await ended;
    expect(error).toBeInstanceOf(UpstreamConnectionException);
    expect(error).toMatchObject({ brokeOff: { status: 200 } });
    if (transport === undefined) expect(error).toMatchObject({ brokeOff: { bytes } });
  });

  it('says the reason of its caller, who aborts meanwhile', async () => {
    const { http } = await startHttp({ transport, retry: false });
    upstream.play(hangInBody);
    const leaving = new AbortController();
    const stream = await streamOf(http, { signal: leaving.signal });
    const ended = endOf(stream);
    stream.resume();
    leaving.abort(new Error('the caller left'));
    expect(await ended).toMatchObject({ message: 'the caller left' });
    await eventually(() => upstream.hasLostLast);
  });
});

it('a stream that comes when its call has been aborted is ended', async () => {
  const late = new Readable({ read: () => undefined });
  let arrive: () => void = () => undefined;
  const transport: HttpTransport = {
    send: () =>
      new Promise((resolve) => {
        arrive = () => resolve({ status: 200, headers: {}, body: Buffer.alloc(0), stream: late });
      }),
  };
  const { http } = await startHttp({ transport });
  const leaving = new AbortController();
  const asked = http.get(upstream.url, { responseType: 'stream', signal: leaving.signal });
  leaving.abort();
  await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
  arrive();
  await eventually(() => late.destroyed);
});
