import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { ResilienceEvents, UpstreamHttpException } from 'nestjs-breakwater';
import { answer, FaultServer } from '../../support/fault-server/fault-server.js';
import { startHttp, stopHttp } from '../../support/http-application.js';

const upstream = await FaultServer.start();
afterAll(() => upstream.stop());
afterEach(stopHttp);

describe('the headers of an answer that was not accepted', () => {
  it('can be read, and are not written: cookies and tokens stay out of logs and events', async () => {
    const { http, module } = await startHttp({ retry: { maxRetries: 1, baseDelay: 0 } });
    const events: unknown[] = [];
    module
      .get(ResilienceEvents)
      .asObservable()
      .subscribe((event) => events.push(event));
    upstream.play(answer(503, '', { 'set-cookie': 'sid=secret', 'x-a': 'secret' }));
    const error: unknown = await http.get(upstream.url).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ upstreamHeaders: { 'x-a': 'secret' } });
    const written = [
      JSON.stringify(error),
      inspect(error),
      JSON.stringify(events),
      inspect(events, { depth: 9 }),
    ];
    expect(written.join()).not.toContain('secret');
    expect(Object.keys(error as object)).not.toContain('upstreamHeaders');
  });

  it('of an exception that a test builds neither', () => {
    const error = new UpstreamHttpException({ upstreamHeaders: { a: 'secret' } });
    expect(error.upstreamHeaders).toEqual({ a: 'secret' });
    expect({ ...error }).not.toHaveProperty('upstreamHeaders');
  });
});

it('a baseUrl that is refused is shown without its query', async () => {
  const { http } = await startHttp();
  for (const baseUrl of ['ftp://host/path?token=secret', 'ftp://host/path#token=secret'])
    await expect(http.get('/x', { baseUrl })).rejects.toThrow(
      /request\.baseUrl: .*ftp:\/\/host\/path(?!.*secret)/,
    );
});
