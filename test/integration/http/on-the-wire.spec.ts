import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import axios from 'axios';
import { Agent, request as undiciRequest } from 'undici';
import {
  axiosTransport,
  createResilientFetch,
  fetchTransport,
  resilienceInterceptor,
  UpstreamConnectionException,
} from 'nestjs-breakwater';
import type { HttpClientOptions } from 'nestjs-breakwater';
import { answer, earlyHints, FaultServer } from '../../support/fault-server/fault-server.js';
import type { Behaviour } from '../../support/fault-server/fault-server.js';
import { startHttp, stopHttp } from '../../support/http-application.js';

let upstream: FaultServer;
beforeAll(async () => {
  upstream = await FaultServer.start();
});
afterEach(stopHttp);
afterAll(() => upstream.stop());

/** Writes texts to the socket, each in a packet of its own. */
const write =
  (...pieces: string[]): Behaviour =>
  (socket) => {
    const next = ([piece, ...rest]: string[]) => {
      if (piece === undefined) return;
      socket.write(Buffer.from(piece, 'latin1'));
      setImmediate(() => setImmediate(next, rest));
    };
    next(pieces);
  };

const start = (options: HttpClientOptions = {}) => startHttp({ baseUrl: upstream.url, ...options });
const failures = ({ circuits }: Awaited<ReturnType<typeof startHttp>>) =>
  [...circuits].reduce((sum, { metrics }) => sum + metrics.failures, 0);

const NOT_MODIFIED = 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 500\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const validateStatus = (status: number) => status === 304 || status < 300;

const transports: [string, () => HttpClientOptions][] = [
  ['undici', () => ({})],
  ['a dispatcher of the user', () => ({ dispatcher: new Agent() })],
  ['fetch', () => ({ transport: fetchTransport() })],
  ['axios', () => ({ transport: axiosTransport(axios.create()) })],
];

describe('a response without a body that states the length of another one', () => {
  it.each(transports)('is a 304 over %s, sent once, no failure', async (_name, options) => {
    const app = await start({ validateStatus, ...options() });
    upstream.play(write(NOT_MODIFIED));
    const result = await app.http.get('/', { headers: { 'if-none-match': '"a"' } });
    expect(result).toMatchObject({ status: 304, headers: { etag: '"a"' }, data: undefined, attempts: 1 });
    expect(upstream.arrived).toHaveLength(1);
    expect(failures(app)).toBe(0);
  });

  it('is a 304 that rejects with its status where it is not accepted, without a retry', async () => {
    const app = await start();
    upstream.play(write(NOT_MODIFIED));
    await expect(app.http.get('/')).rejects.toMatchObject({ upstreamStatus: 304 });
    expect(upstream.arrived).toHaveLength(1);
    expect(failures(app)).toBe(0);
  });

  it('is an empty stream, and an empty Response', async () => {
    const { http } = await start({ validateStatus });
    upstream.play(write(NOT_MODIFIED));
    const { data } = await http.get('/', { responseType: 'stream' });
    await expect(data.toArray()).resolves.toEqual([]);
    const response = await createResilientFetch(http)(upstream.url);
    expect(response.status).toBe(304);
    await expect(response.text()).resolves.toBe('');
  });

  it('is also a 204, whatever follows it', async () => {
    const app = await start();
    upstream.play(write('HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\n'), write(OK));
    await expect(app.http.get('/')).resolves.toMatchObject({ status: 204, data: undefined });
    await expect(app.http.get('/')).resolves.toMatchObject({ data: 'ok' });
    expect(failures(app)).toBe(0);
  });

  it('is not decoded', async () => {
    const { http } = await start({ validateStatus });
    upstream.play(write('HTTP/1.1 304 Not Modified\r\nContent-Encoding: gzip\r\nContent-Length: 20\r\n\r\n'));
    await expect(http.get('/')).resolves.toMatchObject({ status: 304, data: undefined });
  });
});

describe('informational responses that were not asked for', () => {
  const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
  const HINTS = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n';
  const PROCESSING = 'HTTP/1.1 102 Processing\r\n\r\n';

  it.each<[string, string[]]>([
    ['100', [CONTINUE + OK]],
    ['100, then the response apart', [CONTINUE, OK]],
    ['two 100', [CONTINUE + CONTINUE, OK]],
    ['103, 100 and 102 in one piece', [HINTS + CONTINUE + PROCESSING + OK]],
    ['100 of an HTTP/1.0 server with headers', ['HTTP/1.0 100 Go on\r\nX-A: b\r\n\r\n' + OK]],
    [
      '100 in pieces',
      ['HT', 'TP/1.1 1', '00 Cont', 'inue\r\n', '\r', '\nHTTP', '/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'],
    ],
    ['100 byte by byte', [...(CONTINUE + OK)]],
  ])('leave the response as it is: %s', async (_name, pieces) => {
    const app = await start();
    upstream.play(write(...pieces));
    for (let call = 0; call < 3; call++)
      await expect(app.http.get('/')).resolves.toMatchObject({ status: 200, data: 'ok', attempts: 1 });
    expect(failures(app)).toBe(0);
    // a connection is free again a turn later, so that the next call may open a second one
    expect(new Set(upstream.arrived.map(({ connection }) => connection)).size).toBeLessThan(3);
  });

  it('stand before a body that looks like one, which arrives whole', async () => {
    const { http } = await start();
    const body = CONTINUE + 'HTTP/1.1 100 Continue\r\n\r\nrest';
    const head = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`;
    upstream.play(write(CONTINUE, head, body.slice(0, 25), body.slice(25)));
    await expect(http.get('/')).resolves.toMatchObject({ data: body });
  });

  it('stand before a response to a POST with a body', async () => {
    const { http } = await start();
    upstream.play(earlyHints(write(CONTINUE, OK)));
    await expect(http.post('/', { a: 1 })).resolves.toMatchObject({ data: 'ok' });
  });

  it('are not a switch of protocols, which stays an error', async () => {
    const { http } = await start({ retry: false });
    upstream.play(write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'));
    await expect(http.get('/')).rejects.toBeInstanceOf(UpstreamConnectionException);
  });

  it('without an end end with the attempt', async () => {
    const { http } = await start({ retry: false, timeout: { attempt: 200 } });
    upstream.play(write('HTTP/1.1 100 Continue\r\nX: y'));
    await expect(http.get('/')).rejects.toMatchObject({ code: 'RESILIENCE_TIMEOUT' });
  });
});

describe.each(transports)('a Location in raw UTF-8 over %s', (_name, options) => {
  it.each([
    ['UTF-8', Buffer.from('/münchen/日本').toString('latin1'), '/m%C3%BCnchen/%E6%97%A5%E6%9C%AC'],
    ['latin1, which is no UTF-8', '/m\xfcnchen', '/m%C3%BCnchen'],
    ['ASCII', '/m%C3%BCnchen', '/m%C3%BCnchen'],
  ])('is followed: %s', async (_kind, location, path) => {
    const { http } = await start(options());
    upstream.play(
      write(`HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`),
      answer(200),
    );
    await http.get('/');
    expect(upstream.arrived.map((request) => request.path)).toEqual(['/', path]);
  });
});

describe.each(transports)('the headers of a response over %s', (_name, options) => {
  it('have one shape: cookies are an array, other repeated headers are joined', async () => {
    const { http } = await start(options());
    const headers = { 'set-cookie': 'a=1', 'x-dup': ['1', '2'], 'x-one': 'one', vary: ['a', 'b', 'c'] };
    upstream.play(answer(200, '', headers), answer(404, '', { ...headers, 'set-cookie': ['a=1', 'b=2'] }));
    const shape = { 'set-cookie': ['a=1'], 'x-dup': '1, 2', 'x-one': 'one', vary: 'a, b, c' };
    expect((await http.get('/')).headers).toMatchObject(shape);
    await expect(http.get('/')).rejects.toMatchObject({
      upstreamHeaders: { ...shape, 'set-cookie': ['a=1', 'b=2'] },
    });
  });

  it('may say twice when to come back', async () => {
    const { http } = await start(options());
    upstream.play(answer(503, '', { 'retry-after': ['7', '7'] }));
    await expect(http.get('/', { retry: false })).rejects.toMatchObject({ retryAfter: 7000 });
    const date = 'Fri, 31 Dec 2100 23:59:59 GMT';
    upstream.play(answer(503, '', { 'retry-after': [date, date] }));
    const error: unknown = await http.get('/', { retry: false }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ retryAfter: 600_000 });
  });
});

describe('trailers', () => {
  const CHUNKED =
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-checksum\r\n\r\n' +
    '2\r\nok\r\n0\r\nX-Checksum: abc\r\n\r\n';

  it('pass through the interceptor', async () => {
    upstream.play(write(CHUNKED));
    const agent = new Agent().compose(resilienceInterceptor());
    const { body, trailers } = await undiciRequest(upstream.url, { dispatcher: agent });
    await expect(body.text()).resolves.toBe('ok');
    expect(trailers).toEqual({ 'x-checksum': 'abc' });
  });

  it('are there in the form that handlers of undici 8 may read', async () => {
    upstream.play(write(CHUNKED));
    const agent = new Agent().compose(resilienceInterceptor());
    const raw = await new Promise<unknown>((resolve, reject) =>
      agent.dispatch(
        { origin: upstream.url, path: '/', method: 'GET' },
        {
          onRequestStart: () => undefined,
          onResponseEnd: ({ rawTrailers }) => resolve(rawTrailers),
          onResponseError: (_controller, error) => reject(error),
        },
      ),
    );
    expect((raw as Buffer[]).map(String)).toEqual(['x-checksum', 'abc']);
  });

  it('do no harm to a client', async () => {
    const { http } = await start();
    upstream.play(write(CHUNKED));
    await expect(http.get('/')).resolves.toMatchObject({ data: 'ok' });
  });
});

describe('a DELETE', () => {
  it('may have a body, of any kind', async () => {
    const { http } = await start();
    upstream.play(answer(200));
    await http.delete('/', { json: { ids: [1, 2] } });
    await http.delete('/', { body: 'text' });
    await new Promise<void>((resolve, reject) =>
      http.rx.delete('/', { json: [3] }).subscribe({ complete: resolve, error: reject }),
    );
    expect(upstream.arrived.map(({ method, body }) => `${method} ${body}`)).toEqual([
      'DELETE {"ids":[1,2]}',
      'DELETE text',
      'DELETE [3]',
    ]);
  });
});
