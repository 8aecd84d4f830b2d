import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createResilientFetch } from 'nestjs-breakwater';
import type { ResilientFetch } from 'nestjs-breakwater';
import {
  answer,
  encoded,
  endless,
  FaultServer,
  hangInBody,
  redirect,
} from '../../support/fault-server/fault-server.js';
import { eventually, startHttp, stopHttp } from '../../support/http-application.js';

const upstream = await FaultServer.start();
let resilient: ResilientFetch;
beforeEach(async () => {
  resilient = createResilientFetch((await startHttp()).http);
});
afterAll(() => upstream.stop());
afterEach(stopHttp);

/** What both the global fetch and ours are asked, and what is compared. */
const questions: [string, Parameters<FaultServer['play']>, (ask: typeof fetch) => Promise<unknown>][] = [
  ['a URL with a query', [answer(200)], async (ask) => (await ask(`${upstream.url}/a?b=1#c`)).url],
  [
    'anything that can be written as a URL',
    [answer(200)],
    async (ask) => (await ask(asUrl('/a') as never)).url,
  ],
  [
    'a redirect',
    [redirect(302, '/there?c=1'), answer(200, 'there')],
    async (ask) => {
      const { url, redirected, status } = await ask(`${upstream.url}/here`);
      return { url, redirected, status };
    },
  ],
  [
    'a status that no standard knows',
    [answer(999, 'odd')],
    async (ask) => {
      const response = await ask(upstream.url);
      return [response.status, response.statusText, response.ok, await response.text()];
    },
  ],
  [
    'a reason in no known letters',
    [(socket) => void socket.write('HTTP/1.1 200 \u20ac\u0001\r\ncontent-length: 0\r\n\r\n')],
    async (ask) => (await ask(upstream.url)).status,
  ],
  [
    'a HEAD',
    [answer(200, '', { 'content-length': 5 })],
    async (ask) => {
      const response = await ask(upstream.url, { method: 'HEAD' });
      return [response.body, await response.text()];
    },
  ],
  [
    'a clone',
    [encoded('gzip', 'twice')],
    async (ask) => {
      const response = await ask(upstream.url);
      const copy = response.clone();
      return [await response.text(), Buffer.from(await copy.arrayBuffer()).toString(), copy.bodyUsed];
    },
  ],
  [
    'cookies',
    [answer(200, '', { 'set-cookie': ['a=1', 'b=2'] })],
    async (ask) => (await ask(upstream.url)).headers.getSetCookie(),
  ],
  [
    'a Request with an init that wins',
    [answer(200)],
    async (ask) => {
      const request = new Request(upstream.url, { method: 'POST', body: 'theirs', headers: { 'x-a': '1' } });
      await ask(request, { method: 'PUT', body: 'mine', headers: { 'x-b': '2' } });
      const { method, body, headers } = upstream.arrived[upstream.arrived.length - 1] ?? {};
      return [method, body, headers?.['x-a'], headers?.['x-b']];
    },
  ],
  [
    'a body that is left after its first bytes',
    [endless()],
    async (ask) => {
      const { body } = await ask(upstream.url);
      const reader = body?.getReader();
      const first = await reader?.read();
      await reader?.cancel();
      await eventually(() => upstream.hasLostLast);
      return first?.value instanceof Uint8Array;
    },
  ],
  [
    'a body that nobody reads',
    [endless()],
    async (ask) => {
      await (await ask(upstream.url)).body?.cancel();
      await eventually(() => upstream.hasLostLast);
      return true;
    },
  ],
  [
    'an abort while the body is read',
    [hangInBody],
    async (ask) => {
      const leaving = new AbortController();
      const reading = (await ask(upstream.url, { signal: leaving.signal })).text();
      leaving.abort(new Error('enough'));
      return reading.catch(String);
    },
  ],
];

function asUrl(path: string): object {
  return { toString: () => upstream.url + path };
}

describe('a resilient fetch answers as the global one does:', () => {
  it.each(questions)('%s', async (_name, script, ask) => {
    upstream.play(...script);
    const expected = await ask(fetch);
    upstream.play(...script);
    await expect(ask(resilient)).resolves.toEqual(expected);
  });
});

it('a Request’s body is a stream: it is sent once, a body of the init is sent again', async () => {
  upstream.play(answer(503), answer(200));
  const request = new Request(upstream.url, { method: 'PUT', body: 'text' });
  expect([(await resilient(request)).status, upstream.arrived.length]).toEqual([503, 1]);
  upstream.play(answer(503), answer(200));
  const again = await resilient(upstream.url, { method: 'PUT', body: 'text' });
  expect([again.status, upstream.arrived.length]).toEqual([200, 2]);
});
