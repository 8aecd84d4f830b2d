import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { TimeoutException } from 'nestjs-breakwater';
import { ManualClock } from 'nestjs-breakwater/testing';
import { hang, answer, FaultServer } from '../../support/fault-server/fault-server.js';
import { eventually, startHttp, stopHttp } from '../../support/http-application.js';

const upstream = await FaultServer.start();
afterAll(() => upstream.stop());
afterEach(stopHttp);

const never = () => new Promise<string>(() => undefined);

async function start(authorization: () => Promise<string>) {
  const clock = new ManualClock();
  const client = {
    baseUrl: upstream.url,
    headers: { authorization },
    timeout: { attempt: '20s', total: '10s' },
  };
  return { clock, ...(await startHttp(client, { clock })) };
}

describe('a header function that does not answer', () => {
  it('is within the total timeout', async () => {
    const { http, clock } = await start(never);
    upstream.play(answer(200));
    const ended = expect(http.get('/')).rejects.toMatchObject({
      constructor: TimeoutException,
      scope: 'total',
    });
    await clock.advance(10_000);
    await ended;
    expect(upstream.arrived).toHaveLength(0);
  });

  it("ends with the caller's abort", async () => {
    const { http } = await start(never);
    const leaving = new AbortController();
    const ended = expect(http.get('/', { signal: leaving.signal })).rejects.toBe('gone');
    leaving.abort('gone');
    await ended;
  });

  it('ends with the application', async () => {
    const { http, module } = await start(never);
    const ended = expect(http.get('/')).rejects.toMatchObject({ code: 'RESILIENCE_SHUTDOWN' });
    await module.close();
    await ended;
  });
});

it('what a slow header function takes is part of the total timeout', async () => {
  const clock = new ManualClock();
  const authorization = () =>
    new Promise<string>((resolve) => void clock.setTimeout(() => resolve('x'), 6000));
  const { http } = await startHttp(
    { baseUrl: upstream.url, headers: { authorization }, timeout: { attempt: '20s', total: '10s' } },
    { clock },
  );
  upstream.play(hang);
  const ended = expect(http.get('/')).rejects.toMatchObject({ scope: 'total' });
  await clock.advance(6000);
  await eventually(() => upstream.arrived.length === 1);
  await clock.advance(4000);
  await ended;
});

it('a call whose headers were slow does not stand behind those that began after it', async () => {
  const clock = new ManualClock();
  let asked = 0;
  const authorization = () =>
    ++asked === 1 ? new Promise<string>((resolve) => void clock.setTimeout(() => resolve('x'), 6000)) : 'x';
  const { http } = await startHttp(
    { baseUrl: upstream.url, headers: { authorization }, timeout: { attempt: '20s', total: '10s' } },
    { clock },
  );
  upstream.play(hang, hang);
  const slow = http.get('/').catch(() => clock.now());
  await clock.advance(1000);
  const later = http.get('/').catch(() => clock.now());
  await eventually(() => upstream.arrived.length === 1);
  await clock.advance(5000);
  await eventually(() => upstream.arrived.length === 2);
  await clock.advance(10_000);
  expect(await Promise.all([slow, later])).toEqual([10_000, 11_000]);
});
