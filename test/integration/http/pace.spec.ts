import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { RateLimitExceededException } from 'nestjs-breakwater';
import { ManualClock } from 'nestjs-breakwater/testing';
import { answer, FaultServer } from '../../support/fault-server/fault-server.js';
import { stateOf } from '../../support/application.js';
import { startHttp, stopHttp } from '../../support/http-application.js';

const upstream = await FaultServer.start();
afterAll(() => upstream.stop());
afterEach(stopHttp);

async function start(options = {}) {
  const clock = new ManualClock();
  const client = {
    baseUrl: upstream.url,
    rateLimit: 'server' as const,
    timeout: { total: '60s' },
    ...options,
  };
  const { http } = await startHttp(client, { clock, random: () => 0 });
  return { http, clock };
}

describe("with rateLimit: 'server' an answer whose quota is used up", () => {
  it.each([
    ['RateLimit', { ratelimit: '"default";r=0;t=20' }],
    ['RateLimit-Reset', { 'ratelimit-remaining': 0, 'ratelimit-reset': 20 }],
    [
      'X-RateLimit-Reset as a date',
      { 'x-ratelimit-remaining': 0, 'x-ratelimit-reset': Date.UTC(2026, 0, 1) / 1000 + 20 },
    ],
  ])('makes the next call wait: %s', async (_name, headers) => {
    const { http, clock } = await start();
    upstream.play(answer(200, '', headers), answer(200));
    await http.get('/');
    const waiting = http.get('/');
    await clock.advance(19_900);
    expect([await stateOf(waiting), upstream.arrived.length]).toEqual(['pending', 1]);
    await clock.advance(200);
    await expect(waiting).resolves.toMatchObject({ status: 200, attempts: 1 });
  });

  it('does not hold back another origin, or a call after that time', async () => {
    const { http, clock } = await start({ allowAbsoluteUrls: true });
    const other = await FaultServer.start();
    upstream.play(answer(200, '', { ratelimit: '"default";r=0;t=20' }), answer(200));
    await http.get('/');
    await expect(http.get(other.url)).resolves.toMatchObject({ status: 200 });
    await clock.advance(20_000);
    await expect(http.get('/')).resolves.toMatchObject({ status: 200 });
    await other.stop();
  });

  it('lets a waiting caller leave at once', async () => {
    const { http } = await start();
    upstream.play(answer(200, '', { ratelimit: '"default";r=0;t=20' }));
    await http.get('/');
    const abort = new AbortController();
    const waiting = http.get('/', { signal: abort.signal });
    const reason = new Error('enough');
    abort.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(upstream.arrived).toHaveLength(1);
  });

  it.each([
    ['maxRetryAfter', { retry: { maxRetryAfter: '10s' } }],
    ['the time left', { timeout: { total: '15s' } }],
  ])('fails a call at once if the wait is longer than %s', async (_name, options) => {
    const { http } = await start(options);
    upstream.play(answer(200, '', { ratelimit: '"default";r=0;t=20' }));
    await http.get('/');
    const refused = http.get('/');
    await expect(refused).rejects.toBeInstanceOf(RateLimitExceededException);
    await expect(refused).rejects.toMatchObject({ retryAfter: 20_000 });
    expect(upstream.arrived).toHaveLength(1);
  });

  it('is nothing to a client without the option', async () => {
    const { http } = await start({ rateLimit: undefined });
    upstream.play(answer(200, '', { ratelimit: '"default";r=0;t=20' }));
    await http.get('/');
    await expect(http.get('/')).resolves.toMatchObject({ status: 200 });
  });

  it('has a shutdown end the wait', async () => {
    const { http } = await start();
    upstream.play(answer(200, '', { ratelimit: '"default";r=0;t=20' }));
    await http.get('/');
    const waiting = http.get('/');
    const told = expect(waiting).rejects.toMatchObject({ code: 'RESILIENCE_SHUTDOWN' });
    await stopHttp();
    await told;
  });
});
