import { afterAll, expect, it } from '@jest/globals';
import { AsyncLocalStorage } from 'node:async_hooks';
import { ManualClock } from 'nestjs-breakwater/testing';
import { echo, FaultServer } from '../../support/fault-server/fault-server.js';
import { startHttp, stopHttp } from '../../support/http-application.js';

const upstream = await FaultServer.start();
afterAll(async () => {
  await stopHttp();
  await upstream.stop();
});

/** Time passes at once, while nothing runs. */
class JumpingClock extends ManualClock {
  passed = 0;

  override now(): number {
    return super.now() + this.passed;
  }
}

// one test only: the requests after the first ones find undici loaded
it('the first requests wait for undici before their time runs, each in the context of its call', async () => {
  const clock = new JumpingClock();
  const caller = new AsyncLocalStorage<string>();
  const headers = { 'x-caller': () => String(caller.getStore()) };
  const timeout = { attempt: '1s', total: '2s' } as const;
  const { http } = await startHttp({ timeout, retry: false, headers }, { clock });
  upstream.play(echo);
  const body = { count: 1 };
  const calls = ['a', 'b'].map((name) => caller.run(name, () => http.put(upstream.url, body)));
  const reason = new Error('enough');
  const left = http.get(upstream.url, { signal: AbortSignal.abort(reason) });
  body.count = 2;
  clock.passed = 60_000;
  await expect(left).rejects.toBe(reason);
  await expect(Promise.all(calls)).resolves.toMatchObject([
    { data: { body: '{"count":1}', headers: { 'x-caller': 'a' } } },
    { data: { body: '{"count":1}', headers: { 'x-caller': 'b' } } },
  ]);
});
