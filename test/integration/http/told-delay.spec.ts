import { afterAll, afterEach, expect, it } from '@jest/globals';
import { answer, FaultServer } from '../../support/fault-server/fault-server.js';
import { startHttp, stopHttp } from '../../support/http-application.js';

const upstream = await FaultServer.start();
afterAll(() => upstream.stop());
afterEach(stopHttp);

it.each<[string, object, string, number]>([
  ['fifty thousand years', {}, '1704067200000', 600_000],
  ['more than any number holds', {}, '9'.repeat(400), 600_000],
  ['five minutes', {}, '300', 300_000],
  ['five hours of a client that waits for one', { retry: { maxRetryAfter: '1h' } }, '18000', 18_000_000],
  ['a day of a client that waits for an hour', { retry: { maxRetryAfter: '1h' } }, '86400', 36_000_000],
  ['a day of a client that never retries', { retry: false }, '86400', 600_000],
])(
  'callers are told of a Retry-After no more than ten times what a retry would wait: %s',
  async (_what, options, seconds, retryAfter) => {
    const { http } = await startHttp({ baseUrl: upstream.url, ...options });
    upstream.play(answer(503, '', { 'retry-after': seconds }));
    await expect(http.get('/')).rejects.toMatchObject({ upstreamStatus: 503, retryAfter });
  },
);

it("so are those whom the server's pace holds back", async () => {
  const { http } = await startHttp({ baseUrl: upstream.url, rateLimit: 'server' });
  upstream.play(answer(200, '', { ratelimit: '"d";r=0;t=1704067200000' }));
  await http.get('/');
  await expect(http.get('/')).rejects.toMatchObject({ code: 'RESILIENCE_RATE_LIMITED', retryAfter: 600_000 });
});
