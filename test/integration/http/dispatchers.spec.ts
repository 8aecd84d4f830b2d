import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Agent, buildConnector, getGlobalDispatcher, MockAgent, setGlobalDispatcher } from 'undici';
import { resilienceInterceptor } from 'nestjs-breakwater';
import type { HttpClientOptions } from 'nestjs-breakwater';
import { answer, endless, FaultServer } from '../../support/fault-server/fault-server.js';
import { eventually, startHttp, stopHttp } from '../../support/http-application.js';

const upstream = await FaultServer.start();
const before = getGlobalDispatcher();
const opened: Agent[] = [];

beforeEach(() => upstream.play(answer(200, 'real')));
afterEach(async () => {
  setGlobalDispatcher(before);
  await stopHttp();
  await Promise.all(opened.splice(0).map((agent) => agent.destroy()));
});
afterAll(() => upstream.stop());

/** An Agent that counts the connections which it makes. */
function counting() {
  const connect = buildConnector({});
  const connections = { count: 0 };
  const agent = new Agent({
    connect: (options, done) => {
      connections.count++;
      connect(options, done);
    },
  });
  opened.push(agent);
  return { agent, connections };
}

/** An application whose warnings are kept. */
async function startLogged(options: HttpClientOptions = {}) {
  const { http, module } = await startHttp(options);
  const warnings: unknown[] = [];
  const ignore = () => undefined;
  module.useLogger({
    log: ignore,
    error: ignore,
    warn: (...line: unknown[]) => void warnings.push(line),
  });
  return { http, warnings };
}

describe('a global Agent', () => {
  it('with a connector of its own is used, without it the client keeps to its own pools', async () => {
    const { agent, connections } = counting();
    const { http } = await startHttp();
    setGlobalDispatcher(agent);
    expect((await http.get(upstream.url)).data).toBe('real');
    expect(connections.count).toBe(1);
    const plain = new Agent();
    opened.push(plain);
    setGlobalDispatcher(plain);
    await http.get(upstream.url);
    expect([connections.count, plain.stats]).toEqual([1, {}]);
  });

  it('stands back behind the dispatcher of the client, and one line of the log says so', async () => {
    const mine = counting();
    const global = counting();
    setGlobalDispatcher(global.agent);
    const { http, warnings } = await startLogged({ dispatcher: mine.agent });
    await http.get(upstream.url);
    await http.get(upstream.url);
    expect(mine.connections.count).toBeGreaterThan(0);
    expect(global.connections.count).toBe(0);
    expect(warnings).toEqual([
      [
        "HTTP client 'http' does not use the global dispatcher (Agent): it has its own `dispatcher`",
        'Resilience',
      ],
    ]);
  });

  it('is not mentioned where the application has chosen none', async () => {
    const { http, warnings } = await startLogged({ dispatcher: counting().agent });
    await http.get(upstream.url);
    expect(warnings).toEqual([]);
  });
});

it('a mock that allows no connection refuses what it does not know', async () => {
  const mock = new MockAgent();
  mock.disableNetConnect();
  setGlobalDispatcher(mock);
  const { http } = await startHttp({ retry: false });
  await expect(http.get(upstream.url)).rejects.toMatchObject({
    cause: { code: 'UND_MOCK_ERR_MOCK_NOT_MATCHED' },
  });
  expect(upstream.arrived).toEqual([]);
  await mock.close();
});

describe('a handler of the interceptor that throws', () => {
  const error = new Error('a fault of the handler');
  const fail = () => {
    throw error;
  };

  it.each(['onRequestStart', 'onResponseStart', 'onResponseData', 'onResponseEnd'])(
    'in %s is told of its own error, once',
    async (method) => {
      const { agent } = counting();
      const dispatch = resilienceInterceptor({ retry: false })(agent.dispatch.bind(agent));
      const errors: Error[] = [];
      const handler = {
        onRequestStart: () => undefined,
        onResponseStart: () => undefined,
        onResponseData: () => undefined,
        onResponseEnd: () => undefined,
        onResponseError: (_: unknown, reason: Error) => {
          errors.push(reason);
          // nor does this one reach the process
          throw reason;
        },
        [method]: fail,
      };
      dispatch({ origin: upstream.url, path: '/', method: 'GET' }, handler);
      await eventually(() => errors.length > 0);
      await agent.close();
      expect(errors).toEqual([error]);
      expect(upstream.arrived).toHaveLength(method === 'onRequestStart' ? 0 : 1);
    },
  );

  it.each(['onResponseStart', 'onResponseData'])('in %s gets no more of the body', async (method) => {
    const { agent } = counting();
    const dispatch = resilienceInterceptor({ retry: false })(agent.dispatch.bind(agent));
    upstream.play(endless());
    const told = new Promise((resolve) => {
      const onResponseError = (_: unknown, reason: Error) => resolve(reason);
      const handler = { onRequestStart: () => undefined, onResponseError, [method]: fail };
      dispatch({ origin: upstream.url, path: '/', method: 'GET' }, handler);
    });
    await expect(told).resolves.toBe(error);
    await eventually(() => upstream.hasLostLast);
  });
});
