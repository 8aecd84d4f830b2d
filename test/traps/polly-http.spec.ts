import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { ResilientHttpService } from 'nestjs-breakwater';
import type { HttpClientOptions } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';
import type { TestApplication } from '../support/application.js';
import { answer, FaultServer } from '../support/fault-server/fault-server.js';

const upstream = await FaultServer.start();
let app: TestApplication;

afterAll(() => upstream.stop());
afterEach(() => app.module.close());

async function client(http: HttpClientOptions = {}): Promise<ResilientHttpService> {
  const retry = { maxRetries: 2, baseDelay: 0, budget: false as const };
  app = await startApplication({ http: { baseUrl: upstream.url, retry, ...http } });
  return app.module.get(ResilientHttpService);
}

describe('the traps of Polly’s HTTP client', () => {
  it('a POST is sent once, and a GET again', async () => {
    const http = await client();
    upstream.play(answer(503));
    await expect(http.post('/', { a: 1 })).rejects.toMatchObject({ upstreamStatus: 503 });
    expect(upstream.arrived).toHaveLength(1);
    await expect(http.get('/')).rejects.toMatchObject({ upstreamStatus: 503 });
    expect(upstream.arrived).toHaveLength(4);
  });

  it('a POST that timed out is not sent again either', async () => {
    const http = await client({ timeout: { attempt: '2s', total: '1m' } });
    const hasArrived = new Promise<void>((resolve) => upstream.play(() => resolve()));
    const posting = http.post('/', { a: 1 });
    posting.catch(() => undefined);
    await hasArrived;
    await app.clock.advance(30_000);
    await expect(posting).rejects.toMatchObject({ code: 'RESILIENCE_TIMEOUT', scope: 'attempt' });
    expect(upstream.arrived).toHaveLength(1);
  });

  it('a 429 says nothing against the upstream: its circuit does not count it', async () => {
    const http = await client({ retry: false, circuitBreaker: { failureThreshold: 1 } });
    upstream.play(answer(429));
    for (let call = 0; call < 5; call++) await http.get('/').catch(() => undefined);
    expect(upstream.arrived).toHaveLength(5);
    expect(app.circuits.snapshot()).toMatchObject([{ state: 'closed', metrics: { consecutiveFailures: 0 } }]);
  });

  it('a request overrides its client, and a client the defaults', async () => {
    const http = await client({ retry: { maxRetries: 1, baseDelay: 0 } });
    upstream.play(answer(503));
    const sent = async (retry?: false | { maxRetries: number }) => {
      upstream.arrived.length = 0;
      await http.get('/', retry === undefined ? {} : { retry }).catch(() => undefined);
      return upstream.arrived.length;
    };
    expect([await sent(), await sent(false), await sent({ maxRetries: 3 })]).toEqual([2, 1, 4]);
  });

  it('circuits of origins are bounded', async () => {
    const http = await client({ retry: false, circuitBreaker: { maxKeys: 2 }, allowAbsoluteUrls: true });
    const others = await Promise.all([FaultServer.start(), FaultServer.start(), FaultServer.start()]);
    const urls = others.map(({ url }) => url);
    for (const url of urls) await http.get(url);
    const names = [...app.circuits].map(({ name }) => name);
    await Promise.all(others.map((other) => other.stop()));
    expect(names).toEqual(urls.slice(1).map((url) => `http[${url}]`));
  });
});
