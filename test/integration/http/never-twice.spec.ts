import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { lookup } from 'node:dns';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { Agent } from 'undici';
import { TimeoutException } from 'nestjs-breakwater';
import { answer, FaultServer, redirect, reset } from '../../support/fault-server/fault-server.js';
import { startHttp, stopHttp } from '../../support/http-application.js';

const retry = { maxRetries: 2, baseDelay: 0, budget: false as const };
const upstream = await FaultServer.start();
let refusing: string;

beforeAll(async () => {
  const gone = await FaultServer.start();
  refusing = gone.url;
  await gone.stop();
});
afterAll(() => upstream.stop());
afterEach(stopHttp);

const timesPosted = () => upstream.arrived.filter(({ path }) => path === '/orders').length;

describe('a POST that was answered with a redirect to a GET has been acted on, and is not sent again', () => {
  const ends = [
    ['where nobody listens', () => refusing, undefined],
    ['to 425', () => '/elsewhere', answer(425)],
    ['to 421', () => '/elsewhere', answer(421)],
    ['to 503', () => '/elsewhere', answer(503)],
    ['to a reset', () => '/elsewhere', reset],
  ] as const;

  it.each([301, 302, 303].flatMap((status) => ends.map((end) => [status, ...end] as const)))(
    '%i leads %s',
    async (status, _name, location, behaviour) => {
      const { http } = await startHttp({ baseUrl: upstream.url, retry });
      upstream.play(redirect(status, location()));
      if (behaviour) upstream.playAt('/elsewhere', behaviour);
      await expect(http.post('/orders', {})).rejects.toMatchObject({
        code: expect.stringMatching(/UPSTREAM/),
      });
      expect(timesPosted()).toBe(1);
    },
  );

  it.each([307, 308])('but %i says that it has to be done elsewhere', async (status) => {
    const { http } = await startHttp({ baseUrl: upstream.url, retry });
    upstream.play(redirect(status, refusing));
    await expect(http.post('/orders', {})).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    expect(timesPosted()).toBe(3);
  });

  it('unless it has a key', async () => {
    const { http } = await startHttp({ baseUrl: upstream.url, retry });
    upstream.play(redirect(303, refusing));
    await expect(http.post('/orders', {}, { idempotencyKey: true })).rejects.toMatchObject({
      cause: { code: 'ECONNREFUSED' },
    });
    expect(timesPosted()).toBe(3);
  });
});

describe('a POST whose connection is not made is repeated, also after', () => {
  const attempts = async (url: string, options: object) => {
    const { http } = await startHttp({ retry, timeout: { attempt: 50 }, ...options });
    const made: number[] = [1];
    const onRetry = ({ attempt }: { attempt: number }) => made.push(attempt);
    const failure: unknown = await http
      .post(url, {}, { retry: { onRetry } })
      .catch((error: unknown) => error);
    return { made, failure };
  };

  it('an unknown host', async () => {
    const dispatcher = agent((_host, options, done) => lookup('nowhere.invalid.', options, done as never));
    const { made, failure } = await attempts('http://api.example.invalid', { dispatcher, timeout: false });
    expect(made).toEqual([1, 2, 3]);
    expect(failure).toMatchObject({ cause: { syscall: 'getaddrinfo' } });
    await dispatcher.destroy();
  });

  it('a name that is looked up for too long', async () => {
    const dispatcher = agent(() => undefined);
    const { made, failure } = await attempts('http://api.example.com', { dispatcher });
    expect(made).toEqual([1, 2, 3]);
    expect(failure).toBeInstanceOf(TimeoutException);
    await dispatcher.destroy();
  });

  it('a TLS handshake that takes too long', async () => {
    const silent = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as AddressInfo;
    const { made, failure } = await attempts(`https://127.0.0.1:${port}`, {});
    expect(made).toEqual([1, 2, 3]);
    expect(failure).toBeInstanceOf(TimeoutException);
    silent.close();
  });
});

type Look = (host: string, options: object, done: (error: Error | null, address: never) => void) => void;

function agent(look: Look): Agent {
  return new Agent({ connect: { lookup: look as never } as never });
}
