import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { InvalidRequestException, UpstreamHttpException } from 'nestjs-breakwater';
import { answer, answerJson, echo, FaultServer, reset } from '../../support/fault-server/fault-server.js';
import { startHttp, stopHttp } from '../../support/http-application.js';

const upstream = await FaultServer.start();
afterAll(() => upstream.stop());
afterEach(stopHttp);

async function* pieces() {
  yield 'one ';
  yield Buffer.from('two');
}

const bodies: [string, () => unknown, string, string][] = [
  ['an object', () => ({ a: 'ö' }), Buffer.from('{"a":"ö"}').toString('latin1'), 'application/json'],
  ['an array', () => [1, 2], '[1,2]', 'application/json'],
  ['a text', () => 'text', 'text', 'text/plain;charset=utf-8'],
  ['a form', () => new URLSearchParams({ a: '1 2' }), 'a=1+2', 'application/x-www-form-urlencoded'],
  ['a Buffer', () => Buffer.from('bytes'), 'bytes', 'application/octet-stream'],
  ['an ArrayBuffer', () => new TextEncoder().encode('bytes').buffer, 'bytes', 'application/octet-stream'],
  [
    'a DataView',
    () => new DataView(new Uint8Array([65, 66, 67]).buffer, 1),
    'BC',
    'application/octet-stream',
  ],
  ['a Blob', () => new Blob(['blob'], { type: 'image/png' }), 'blob', 'image/png'],
  ['a Node stream', () => Readable.from(['a', 'b']), 'ab', 'application/octet-stream'],
  ['a web stream', () => new Blob(['web']).stream(), 'web', 'application/octet-stream'],
  ['an async iterable', pieces, 'one two', 'application/octet-stream'],
];

describe('a body', () => {
  it.each(bodies)('that is %s is sent with its content type', async (_name, body, sent, type) => {
    const { http } = await startHttp({ baseUrl: upstream.url });
    upstream.play(answer(200));
    await http.post('/', body());
    expect(upstream.arrived).toMatchObject([{ body: sent, headers: { 'content-type': type } }]);
  });

  it('that is a FormData is multipart, and can be sent again', async () => {
    const { http } = await startHttp({ baseUrl: upstream.url });
    const form = new FormData();
    form.set('name', 'value');
    form.set('file', new Blob(['content']), 'a.txt');
    upstream.play(answer(503), answer(200));
    await http.put('/', form, { headers: { 'content-type': 'multipart/form-data' } });
    expect(upstream.arrived).toHaveLength(2);
    for (const { body, headers } of upstream.arrived) {
      expect(headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
      expect(body).toContain('name="name"\r\n\r\nvalue');
      expect(body).toContain('filename="a.txt"');
    }
  });

  it.each([
    ['null', null],
    ['undefined', undefined],
  ])('that is %s is none', async (_name, body) => {
    const { http } = await startHttp({ baseUrl: upstream.url });
    upstream.play(answer(200));
    await http.post('/', body);
    expect(upstream.arrived[0]).toMatchObject({ body: '' });
    expect(upstream.arrived[0]?.headers['content-type']).toBeUndefined();
  });

  it('has the content type that the request says', async () => {
    const { http } = await startHttp({ baseUrl: upstream.url });
    upstream.play(answer(200));
    await http.post('/', { a: 1 }, { headers: { 'Content-Type': 'application/vnd.api+json' } });
    expect(upstream.arrived[0]?.headers['content-type']).toBe('application/vnd.api+json');
  });

  it.each([
    ['503', answer(503)],
    ['421', answer(421)],
    ['a reset', reset],
  ])('that is a stream is sent once, also after %s, with or without a key', async (_name, behaviour) => {
    const { http } = await startHttp({ baseUrl: upstream.url });
    for (const options of [{}, { idempotencyKey: 'key' }]) {
      upstream.play(behaviour);
      await expect(http.put('/', Readable.from(['a']), options)).rejects.toThrow();
      expect(upstream.arrived.length).toBeLessThanOrEqual(1);
    }
  });

  it('that is a stream is told as the reason why nothing is repeated', async () => {
    const { http } = await startHttp({ baseUrl: upstream.url });
    upstream.play(answer(503));
    const body = Readable.from(['a']);
    await expect(http.put('/', body)).rejects.toBeInstanceOf(UpstreamHttpException);
    await expect(http.put('/', body)).rejects.toThrow('the stream was used already');
  });

  it('whose stream fails is not held against the upstream', async () => {
    const { http, circuits } = await startHttp({
      baseUrl: upstream.url,
      circuitBreaker: { failureThreshold: 1 },
    });
    upstream.play(answer(200));
    const broken = new Readable({ read: () => broken.destroy(new Error('disk')) });
    await expect(http.put('/', broken)).rejects.toBeInstanceOf(InvalidRequestException);
    expect([...circuits].map(({ state }) => state)).toEqual(['closed']);
  });

  it('that nobody sends is let go of', async () => {
    const { http, circuits } = await startHttp({ baseUrl: upstream.url });
    upstream.play(answer(200));
    await http.get('/');
    circuits.get(`http[${upstream.url}]`)?.forceOpen();
    const body = Readable.from(['a']);
    await expect(http.put('/', body)).rejects.toMatchObject({ code: 'RESILIENCE_CIRCUIT_OPEN' });
    expect(body.destroyed).toBe(true);
  });
});

describe('headers', () => {
  it('may be functions, asked for every attempt', async () => {
    let token = 0;
    const { http } = await startHttp({
      baseUrl: upstream.url,
      headers: { authorization: async () => `Bearer ${++token}`, 'x-none': () => undefined },
    });
    upstream.play(answer(503), echo);
    await http.get('/');
    await http.get('/', { headers: { 'x-own': () => 7 } });
    expect(upstream.arrived.map(({ headers }) => [headers.authorization, headers['x-own']])).toEqual([
      ['Bearer 1', undefined],
      ['Bearer 2', undefined],
      ['Bearer 3', '7'],
    ]);
    expect(upstream.arrived[0]?.headers).not.toHaveProperty('x-none');
  });

  it.each(['transfer-encoding', 'expect'])('that undici does not send are refused: %s', async (name) => {
    const { http } = await startHttp({ baseUrl: upstream.url });
    upstream.play(answer(200));
    await expect(http.get('/', { headers: { [name]: 'x' } })).rejects.toBeInstanceOf(InvalidRequestException);
    expect(upstream.arrived).toHaveLength(0);
  });

  it('with secrets do not appear in errors', async () => {
    const { http } = await startHttp();
    const wrong = http.get('http://user:secret@', { headers: {} });
    await expect(wrong).rejects.toThrow(InvalidRequestException);
    await expect(wrong).rejects.not.toThrow('secret');
    const header = http.get(upstream.url, { headers: { 'x-a': 'secret\n' } });
    await expect(header).rejects.toThrow('headers.x-a');
    await expect(header).rejects.not.toThrow('secret');
  });
});

describe('an idempotency key', () => {
  it('of the client goes to what would not be repeatable without it', async () => {
    const { http } = await startHttp({ baseUrl: upstream.url, idempotencyKey: true });
    upstream.play(answer(503), answerJson(200, {}));
    await http.post('/', {});
    await http.put('/', {});
    await http.post('/', {}, { idempotencyKey: false });
    const keys = upstream.arrived.map(({ headers }) => headers['idempotency-key']);
    expect(keys[0]).toMatch(/^[\da-f-]{36}$/);
    expect(keys).toEqual([keys[0], keys[0], undefined, undefined]);
  });

  it('that the user sets as a header counts as one', async () => {
    const { http } = await startHttp({ baseUrl: upstream.url });
    upstream.play(answer(503), answer(200));
    await http.post('/', {}, { headers: { 'Idempotency-Key': 'mine' } });
    expect(upstream.arrived.map(({ headers }) => headers['idempotency-key'])).toEqual(['mine', 'mine']);
  });
});
