import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { ManualClock } from 'nestjs-breakwater/testing';
import { answer, FaultServer, hang, hangInBody } from '../../support/fault-server/fault-server.js';
import { eventually, startHttp, stopHttp } from '../../support/http-application.js';

const upstream = await FaultServer.start();
afterAll(() => upstream.stop());
afterEach(stopHttp);

const patient = { timeout: { attempt: '20s', total: '30s' } };

describe('closing the application', () => {
  it.each([
    ['before headers', hang],
    ['in a body', hangInBody],
  ])('ends a call that waits %s, and its connection', async (_name, behaviour) => {
    const { http, module } = await startHttp({ baseUrl: upstream.url, ...patient });
    upstream.play(behaviour);
    const ended = expect(http.get('/')).rejects.toMatchObject({ code: 'RESILIENCE_SHUTDOWN' });
    await eventually(() => upstream.arrived.length === 1);
    await module.close();
    await ended;
    await eventually(() => upstream.openConnections === 0);
    expect(upstream.arrived).toHaveLength(1);
  });

  it('ends a pause between attempts with the error of the last one', async () => {
    let isPausing = false;
    const retry = { baseDelay: '20s', jitter: 'none' as const, onRetry: () => void (isPausing = true) };
    const clock = new ManualClock();
    const { http, module } = await startHttp({ baseUrl: upstream.url, retry, timeout: false }, { clock });
    upstream.play(answer(503));
    const ended = expect(http.get('/')).rejects.toMatchObject({ upstreamStatus: 503 });
    await eventually(() => isPausing);
    await module.close();
    await ended;
    expect(upstream.arrived).toHaveLength(1);
  });

  it('ends a stream that is being read', async () => {
    const { http, module } = await startHttp({ baseUrl: upstream.url });
    upstream.play(hangInBody);
    const reading = text((await http.get('/', { responseType: 'stream' })).data);
    const ended = expect(reading).rejects.toMatchObject({ code: 'RESILIENCE_SHUTDOWN' });
    await module.close();
    await ended;
    await eventually(() => upstream.openConnections === 0);
  });

  it('gives up connections that are being made', async () => {
    const open = new Set<Socket>();
    const silent = createServer((socket) => {
      open.add(socket.resume());
      socket.on('error', () => undefined).on('close', () => open.delete(socket));
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const { http, module } = await startHttp(patient);
    const calls = [1, 2, 3].map(() => http.get(`https://127.0.0.1:${port}`));
    const ended = Promise.all(
      calls.map((call) => expect(call).rejects.toMatchObject({ code: 'RESILIENCE_SHUTDOWN' })),
    );
    await eventually(() => open.size === 3);
    await module.close();
    await ended;
    await eventually(() => open.size === 0);
    silent.close();
  });

  it('lets nothing open a connection again', async () => {
    const { http, module } = await startHttp({ baseUrl: upstream.url });
    upstream.play(answer(200));
    await module.close();
    const connections = upstream.connections;
    await expect(http.get('/')).rejects.toMatchObject({ code: 'RESILIENCE_SHUTDOWN' });
    expect(upstream.connections).toBe(connections);
  });
});
