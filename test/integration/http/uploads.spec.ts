import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createReadStream, openAsBlob } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import axios from 'axios';
import PackageForm from 'form-data';
import {
  axiosTransport,
  createResilientFetch,
  fetchTransport,
  InvalidRequestException,
  UpstreamConnectionException,
} from 'nestjs-breakwater';
import type { HttpClientOptions } from 'nestjs-breakwater';
import { answer, FaultServer, hang } from '../../support/fault-server/fault-server.js';
import { eventually, startHttp, stopHttp } from '../../support/http-application.js';

let upstream: FaultServer;
let folder: string;
const unhandled: unknown[] = [];
const remember = (reason: unknown) => void unhandled.push(reason);

beforeAll(async () => {
  upstream = await FaultServer.start();
  folder = await mkdtemp(join(tmpdir(), 'uploads-'));
  process.on('unhandledRejection', remember);
});
beforeEach(() => {
  upstream.play(answer(200));
  unhandled.length = 0;
});
afterEach(stopHttp);
afterAll(async () => {
  process.off('unhandledRejection', remember);
  await upstream.stop();
  await rm(folder, { recursive: true });
});

const transports: [string, () => HttpClientOptions][] = [
  ['undici', () => ({})],
  ['fetch', () => ({ transport: fetchTransport() })],
  ['axios', () => ({ transport: axiosTransport(axios.create()) })],
];

const start = (options: HttpClientOptions = {}) =>
  startHttp({ baseUrl: upstream.url, allowAbsoluteUrls: true, ...options });

let files = 0;
async function fileBlob(text = 'hello'): Promise<{ blob: Blob; path: string }> {
  const path = join(folder, `file-${++files}`);
  await writeFile(path, text);
  return { blob: await openAsBlob(path, { type: 'text/x-file' }), path };
}

/** A blob of a file that has changed, or is gone, since it was opened. */
async function lostBlob(how: 'changed' | 'gone'): Promise<Blob> {
  const { blob, path } = await fileBlob();
  if (how === 'changed') await appendFile(path, ' more');
  else await rm(path);
  return blob;
}

async function formWith(blob: Blob): Promise<FormData> {
  const form = new FormData();
  form.append('note', 'text');
  form.append('file', blob, 'name.txt');
  return Promise.resolve(form);
}

const LOST = new Error('the source was lost');

async function* generated(pieces: number): AsyncGenerator<string> {
  for (let piece = 0; piece < pieces; piece++) yield await Promise.resolve(`piece ${piece};`);
  throw LOST;
}

const webStream = (pieces: number) => {
  let pulled = 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (pulled++ < pieces) controller.enqueue(Buffer.from('piece;'));
      else controller.error(LOST);
    },
  });
};

const nodeStream = (pieces: number) => {
  let pulled = 0;
  return new Readable({
    read() {
      if (pulled++ < pieces) this.push('piece;');
      else this.destroy(LOST);
    },
  });
};

const packageForm = (pieces: number) => {
  const form = new PackageForm();
  form.append('note', 'text');
  form.append('file', nodeStream(pieces), { filename: 'name.txt' });
  return form;
};

describe('a form of the package form-data', () => {
  it.each(transports)('is sent with its boundary over %s, once', async (_name, options) => {
    const { http } = await start(options());
    const form = new PackageForm();
    form.append('note', 'text');
    form.append('file', Readable.from([Buffer.from('from a stream')]), { filename: 'name.txt' });
    await http.put('/', form, { headers: { 'content-type': 'multipart/form-data' } });
    const [{ headers, body }] = upstream.arrived;
    expect(headers['content-type']).toBe(`multipart/form-data; boundary=${form.getBoundary()}`);
    expect(body.startsWith(`--${form.getBoundary()}\r\n`)).toBe(true);
    expect(body).toContain('name="note"\r\n\r\ntext\r\n');
    expect(body).toContain('filename="name.txt"');
    expect(body).toContain('from a stream');
    expect(body.trimEnd().endsWith(`--${form.getBoundary()}--`)).toBe(true);
  });

  it('is not repeated: it is gone once it is sent', async () => {
    const { http } = await start();
    upstream.play(answer(503));
    const form = new PackageForm();
    form.append('note', 'text');
    await expect(http.put('/', form)).rejects.toMatchObject({ upstreamStatus: 503 });
    expect(upstream.arrived).toHaveLength(1);
  });

  it('is sent by the fetch too', async () => {
    const { http } = await start();
    const form = new PackageForm();
    form.append('note', 'text');
    const body = form as unknown as NonNullable<RequestInit['body']>;
    await createResilientFetch(http)(upstream.url, { method: 'POST', body, headers: form.getHeaders() });
    expect(upstream.arrived[0].body).toContain('name="note"\r\n\r\ntext\r\n');
  });
});

describe.each(transports)('a file over %s', (_name, options) => {
  it('is sent, alone or in a form, and again in a retry', async () => {
    const { http } = await start(options());
    const { blob } = await fileBlob('of a file');
    upstream.play(answer(503), answer(200));
    await http.put('/', blob);
    expect(upstream.arrived.map(({ body }) => body)).toEqual(['of a file', 'of a file']);
    expect(upstream.arrived[1].headers['content-type']).toBe('text/x-file');
    upstream.play(answer(503), answer(200));
    await http.put('/', await formWith(blob));
    expect(upstream.arrived).toHaveLength(2);
    for (const { body } of upstream.arrived) {
      expect(body).toContain('Content-Type: text/x-file\r\n\r\nof a file');
      expect(body).toContain('filename="name.txt"');
    }
  });

  it.each<[string, 'changed' | 'gone', (blob: Blob) => Promise<Blob | FormData>]>([
    ['has changed', 'changed', (blob) => Promise.resolve(blob)],
    ['is gone', 'gone', (blob) => Promise.resolve(blob)],
    ['has changed, in a form', 'changed', formWith],
    ['is gone, in a form', 'gone', formWith],
  ])('that %s is an invalid request: nothing is sent, nothing counted', async (_kind, how, bodyOf) => {
    const { http, circuits } = await start({ timeout: false, ...options() });
    const body = await bodyOf(await lostBlob(how));
    const error: unknown = await http.put('/', body).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InvalidRequestException);
    expect(error).toMatchObject({ cause: expect.objectContaining({ name: 'NotReadableError' }) });
    expect(upstream.arrived).toHaveLength(0);
    expect([...circuits].every(({ metrics }) => metrics.failures === 0)).toBe(true);
    expect(unhandled).toEqual([]);
  });
});

describe.each(transports)('a source that fails over %s', (_name, options) => {
  const sources: [string, (pieces: number) => object][] = [
    ['a Node stream', nodeStream],
    ['an async generator', generated],
    ['a web stream', webStream],
    ['a form of the package form-data', packageForm],
  ];
  it.each(sources.flatMap(([kind, make]) => [0, 1, 50].map((pieces) => [kind, pieces, make] as const)))(
    '%s after %d pieces: an invalid request, sent once, not counted',
    async (_kind, pieces, make) => {
      const { http, circuits } = await start({ timeout: false, ...options() });
      const error: unknown = await http.put('/', make(pieces)).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(InvalidRequestException);
      expect(error).toMatchObject({ cause: LOST, message: expect.stringContaining('its source failed') });
      expect(upstream.arrived).toHaveLength(0);
      expect([...circuits].every(({ metrics }) => metrics.failures === 0)).toBe(true);
      await eventually(() => upstream.openConnections === 0 || upstream.connections > 0);
      expect(unhandled).toEqual([]);
    },
  );

  it('with pieces that are neither text nor bytes', async () => {
    const { http } = await start(options());
    const sent = http.put('/', Readable.from([{ a: 1 }]));
    await expect(sent).rejects.toBeInstanceOf(InvalidRequestException);
    await expect(sent).rejects.toMatchObject({ cause: expect.any(TypeError) });
  });

  it('because another side has gone: a stream that was destroyed', async () => {
    const { http } = await start(options());
    const source = new PassThrough();
    source.write('half');
    const sent = http.put('/', source);
    await eventually(() => upstream.openConnections > 0);
    source.destroy();
    await expect(sent).rejects.toBeInstanceOf(InvalidRequestException);
  });
});

describe('an upload whose connection breaks', () => {
  it.each<[string, () => AsyncIterable<unknown> & object]>([
    ['a Node stream', () => new PassThrough().on('error', () => undefined)],
    [
      'a web stream',
      () => new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('half')) }),
    ],
  ])('is the failure of the connection: %s', async (_kind, make) => {
    const resetting = await FaultServer.start();
    const { http, circuits } = await start();
    const source = make();
    if (source instanceof PassThrough) source.write('half');
    const sent = http.put(resetting.url, source);
    await eventually(() => resetting.openConnections > 0);
    await resetting.stop();
    await expect(sent).rejects.toBeInstanceOf(UpstreamConnectionException);
    expect([...circuits].reduce((sum, { metrics }) => sum + metrics.failures, 0)).toBe(1);
  });
});

describe('a source that is not wanted any more is let go of', () => {
  it('a Node stream, also one that has stalled', async () => {
    const { http } = await start({ timeout: { attempt: 100 } });
    const source = new PassThrough();
    source.write('half');
    await expect(http.put('/', source)).rejects.toMatchObject({ code: 'RESILIENCE_TIMEOUT' });
    await eventually(() => source.destroyed);
  });

  it('a web stream, also one that has stalled', async () => {
    const { http } = await start({ timeout: { attempt: 100 } });
    let isCancelled = false;
    const source = new ReadableStream({ cancel: () => void (isCancelled = true) });
    await expect(http.put('/', source)).rejects.toMatchObject({ code: 'RESILIENCE_TIMEOUT' });
    await eventually(() => isCancelled);
  });

  it('an async generator, when its step is over', async () => {
    const { http } = await start({ timeout: { attempt: 100 } });
    upstream.play(hang);
    let isOver = false;
    let next = (): void => undefined;
    async function* source() {
      try {
        yield 'half';
        await new Promise<void>((resolve) => (next = resolve));
        yield 'more';
      } finally {
        isOver = true;
      }
    }
    await expect(http.put('/', source())).rejects.toMatchObject({ code: 'RESILIENCE_TIMEOUT' });
    next();
    await eventually(() => isOver);
  });

  it('a stream of a request that an open circuit refuses', async () => {
    const { http, circuits } = await start();
    await http.get('/');
    [...circuits][0].forceOpen();
    const source = new PassThrough();
    let isCancelled = false;
    const web = new ReadableStream({ cancel: () => void (isCancelled = true) });
    await expect(http.put('/', source)).rejects.toMatchObject({ code: 'RESILIENCE_CIRCUIT_OPEN' });
    await expect(http.put('/', web)).rejects.toMatchObject({ code: 'RESILIENCE_CIRCUIT_OPEN' });
    await eventually(() => source.destroyed && isCancelled);
  });
});

describe('a response that comes before the upload has ended', () => {
  it('is the answer, and the source is let go of', async () => {
    const { http, circuits } = await start();
    const early = createServer((socket) => socket.once('data', () => refuse(socket)));
    const refuse = (socket: Socket) => socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n');
    await once(early.listen(0, '127.0.0.1'), 'listening');
    const source = new PassThrough();
    source.write('half');
    const sent = http.put(`http://127.0.0.1:${(early.address() as AddressInfo).port}`, source);
    await expect(sent).rejects.toMatchObject({ upstreamStatus: 413 });
    await eventually(() => source.destroyed);
    expect([...circuits].reduce((sum, { metrics }) => sum + metrics.failures, 0)).toBe(0);
    early.close();
  });
});

describe('a source that fails before its request is sent', () => {
  it('ends the call, and not the process', async () => {
    const { http } = await start({ headers: { 'x-slow': () => slow } });
    const source = new PassThrough();
    let go = (value: string): void => void value;
    const slow = new Promise<string>((resolve) => (go = resolve));
    const sent = http.put('/', source);
    source.destroy(LOST);
    await once(source, 'close').catch(() => undefined);
    go('value');
    await expect(sent).rejects.toMatchObject({ code: 'RESILIENCE_INVALID_REQUEST', cause: LOST });
    expect(upstream.arrived).toHaveLength(0);
  });

  it('is refused with its error where it has failed before it was given', async () => {
    const { http } = await start();
    const source = new PassThrough().on('error', () => undefined);
    source.destroy(LOST);
    await once(source, 'close').catch(() => undefined);
    await expect(http.put('/', source)).rejects.toMatchObject({
      code: 'RESILIENCE_INVALID_REQUEST',
      cause: LOST,
    });
  });

  it('such as a file that does not exist', async () => {
    const { http } = await start();
    const sent = http.put('/', createReadStream(join(folder, 'missing')));
    await expect(sent).rejects.toMatchObject({
      code: 'RESILIENCE_INVALID_REQUEST',
      cause: { code: 'ENOENT' },
    });
    expect(upstream.arrived).toHaveLength(0);
  });
});

describe('a fetch whose file is lost', () => {
  it.each([
    ['as its body', (blob: Blob) => blob],
    ['in a form', formWith],
  ])('%s is a TypeError, and nothing is sent', async (_name, bodyOf) => {
    const { http } = await start();
    const body = await bodyOf(await lostBlob('gone'));
    const sent = createResilientFetch(http)(upstream.url, { method: 'PUT', body });
    await expect(sent).rejects.toMatchObject({
      name: 'TypeError',
      cause: { code: 'RESILIENCE_INVALID_REQUEST' },
    });
    expect(upstream.arrived).toHaveLength(0);
  });
});
