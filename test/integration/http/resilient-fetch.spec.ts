import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as zlib from 'node:zlib';
import {
  CircuitOpenException,
  createResilientFetch,
  TimeoutException,
  UpstreamConnectionException,
  UpstreamResponseException,
} from 'nestjs-breakwater';
import type { HttpClientOptions, ResilienceModuleOptions, ResilientFetch } from 'nestjs-breakwater';
import { ManualClock } from 'nestjs-breakwater/testing';
import { MockAgent } from 'undici';
import {
  answer,
  endless,
  FaultServer,
  hang,
  hangInBody,
  redirect,
  reset,
  resetInBody,
} from '../../support/fault-server/fault-server.js';
import { eventually, startHttp, stopHttp } from '../../support/http-application.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const upstream = await FaultServer.start();
let resilient: ResilientFetch;
beforeEach(async () => {
  resilient = await start();
});
afterAll(() => upstream.stop());
afterEach(stopHttp);

async function start(http?: HttpClientOptions, options?: ResilienceModuleOptions): Promise<ResilientFetch> {
  return createResilientFetch((await startHttp(http, options)).http);
}

/** Collects garbage until something is seen of it; V8 gives no promise of when. A large heap makes each collection dear. */
async function whenCollected(isTrue: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2000 && !isTrue(); turn++) {
    if (turn % 50 === 0) collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(isTrue()).toBe(true);
}

const errorOf = (asked: Promise<unknown>) =>
  asked.then(
    () => undefined,
    (error: unknown) => error as Error,
  );

it('sends a body that was whole again, also that of a Request; a stream is sent once', async () => {
  const init = { method: 'PUT', body: 'text' };
  for (const given of [
    () => resilient(upstream.url, init),
    () => resilient(new Request(upstream.url, init)),
  ]) {
    upstream.play(answer(503), answer(200));
    expect([(await given()).status, upstream.arrived.map(({ body }) => body)]).toEqual([
      200,
      ['text', 'text'],
    ]);
  }
  upstream.play(answer(503), answer(200));
  const body = Readable.from([Buffer.from('text')]);
  const once = await resilient(upstream.url, { method: 'PUT', body: body as never, duplex: 'half' });
  expect([once.status, upstream.arrived.length]).toEqual([503, 1]);
});

describe('a network error is a TypeError with the exception of this library as its cause:', () => {
  it.each([
    ['no answer', [reset], UpstreamConnectionException],
    ['a time limit', [hang], TimeoutException],
    ['too many redirects', [redirect(302, '/on')], UpstreamResponseException],
  ])('%s', async (_name, script, cause) => {
    const ask = await start({ retry: false, timeout: script.includes(hang) ? 50 : '10s' });
    upstream.play(...script);
    const error = await errorOf(ask(upstream.url));
    expect(error).toBeInstanceOf(TypeError);
    expect(error?.message).toBe('fetch failed');
    expect(error?.cause).toBeInstanceOf(cause);
  });

  it('an open circuit', async () => {
    const { http, circuits } = await startHttp({ retry: false });
    upstream.play(answer(200));
    await createResilientFetch(http)(upstream.url);
    circuits.get(`http[${upstream.url}]`)?.forceOpen();
    const error = await errorOf(createResilientFetch(http)(upstream.url));
    expect([error?.name, error?.cause]).toEqual(['TypeError', expect.any(CircuitOpenException)]);
  });

  it('a body that breaks off', async () => {
    upstream.play(resetInBody);
    const error = await errorOf((await resilient(upstream.url)).text());
    expect([error?.name, error?.message]).toEqual(['TypeError', 'terminated']);
    expect(error?.cause).toMatchObject({ brokeOff: { status: 200, bytes: 4 } });
  });
});

describe('a caller that brings a signal', () => {
  it('has neither time limit of the client', async () => {
    const clock = new ManualClock();
    const ask = await start({ timeout: { attempt: '1s', total: '2s' } }, { clock });
    let respond: (() => void) | undefined;
    upstream.play((socket, request) => (respond = () => answer(200, 'late')(socket, request)));
    const { signal } = new AbortController();
    const asked = ask(upstream.url, { signal });
    await eventually(() => respond !== undefined);
    await clock.advance(60_000);
    respond?.();
    expect(await (await asked).text()).toBe('late');
  });

  it('cancels the stream that it sends with its reason', async () => {
    upstream.play(hang);
    const leaving = new AbortController();
    const reason = new Error('enough');
    const cancelled = new Promise<unknown>((resolve) => {
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(new Uint8Array(3)),
        cancel: resolve,
      });
      const init = { method: 'POST', body, duplex: 'half' as const, signal: leaving.signal };
      void errorOf(resilient(upstream.url, init));
    });
    leaving.abort(reason);
    expect(await cancelled).toBe(reason);
  });
});

it('an init’s dispatcher sends that request alone', async () => {
  const dispatcher = new MockAgent();
  dispatcher.disableNetConnect();
  dispatcher.get(upstream.url).intercept({ path: '/' }).reply(503, 'mocked').times(1);
  dispatcher.get(upstream.url).intercept({ path: '/' }).reply(200, 'mocked');
  upstream.play(answer(200, 'real'));
  expect(await (await resilient(upstream.url, { dispatcher })).text()).toBe('mocked');
  expect(await (await resilient(upstream.url)).text()).toBe('real');
  await dispatcher.close();
});

it('follows as many redirects as the client says, and 20 if it does not', async () => {
  const script = [...Array.from({ length: 20 }, () => redirect(302, '/on')), answer(200)];
  upstream.play(...script);
  expect((await resilient(upstream.url)).status).toBe(200);
  upstream.play(...script);
  const ask = await start({ maxRedirects: 3 });
  expect((await errorOf(ask(upstream.url)))?.name).toBe('TypeError');
});

describe('a body that nobody reads', () => {
  it.each([
    ['of a Response', (response: Response) => response],
    ['of its clone', (response: Response) => response.clone()],
    ['of which a part was read', (response: Response) => response.body?.getReader().read()],
  ])('%s is released with its garbage', async (_name, use) => {
    upstream.play(endless());
    await (async () => void (await use(await resilient(upstream.url))))();
    expect(upstream.openConnections).toBeGreaterThan(0);
    await whenCollected(() => upstream.hasLostLast);
  });

  it('does not keep others from their origin', async () => {
    const ask = await start({ connections: 4, timeout: false });
    upstream.play(answer(200, 'a'.repeat(200_000)));
    for (let asked = 0; asked < 12; asked++) {
      let status = 0;
      void (async () => void (status = (await ask(upstream.url)).status))();
      await whenCollected(() => status > 0);
      expect(status).toBe(200);
    }
  });

  it('goes on while its reader is held', async () => {
    upstream.play(hangInBody);
    const reader = (await resilient(upstream.url)).body?.getReader();
    await reader?.read();
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
    expect(upstream.hasLostLast).toBe(false);
    await reader?.cancel();
  });
});

const zstdCompressSync = (zlib as { zstdCompressSync?: (text: string) => Buffer }).zstdCompressSync;

it('zstd is decoded where Node can, and left as it is where it cannot', async () => {
  const body = zstdCompressSync?.('text') ?? 'as it is';
  upstream.play(answer(200, body, { 'content-encoding': 'zstd' }));
  expect(await (await resilient(upstream.url)).text()).toBe(zstdCompressSync ? 'text' : 'as it is');
});

it('hands an encoded stream on as it comes', async () => {
  const gzip = zlib.createGzip();
  upstream.play((socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n');
    gzip.on('data', (chunk: Buffer) => socket.write(chunk));
    gzip.write('data: 1\n\n');
    gzip.flush();
  });
  const reader = (await resilient(upstream.url)).body?.getReader();
  expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('data: 1\n\n');
  await reader?.cancel();
});
