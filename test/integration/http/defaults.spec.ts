import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { CircuitBreakerRegistry, ResilienceModule, ResilientHttpService } from 'nestjs-breakwater';
import type { HttpClientOptions, HttpRequestOptions, ResilienceModuleOptions } from 'nestjs-breakwater';
import { ManualClock } from 'nestjs-breakwater/testing';
import { answer, FaultServer, hang } from '../../support/fault-server/fault-server.js';
import { eventually, startHttp, stopHttp } from '../../support/http-application.js';

const upstream = await FaultServer.start();
const applications: { close(): Promise<void> }[] = [];
afterAll(() => upstream.stop());
afterEach(async () => {
  await Promise.all(applications.splice(0).map((application) => application.close()));
  await stopHttp();
});

/** With nothing but what a user writes. */
async function bare(options: ResilienceModuleOptions = {}) {
  const clock = new ManualClock();
  const module = await Test.createTestingModule({
    imports: [ResilienceModule.forRoot({ clock, random: () => 0, ...options })],
  }).compile();
  applications.push(module);
  return { clock, http: module.get(ResilientHttpService), circuits: module.get(CircuitBreakerRegistry) };
}

describe('without options', () => {
  it('a circuit opens when half of 20 calls in 30 s have failed, and is tried again after 15 s', async () => {
    const { http, circuits, clock } = await bare();
    const state = () => circuits.get(`http[${upstream.url}]`)?.state;
    const send = () => http.post(upstream.url, {}).catch((error: unknown) => error);
    upstream.play(answer(200));
    for (let call = 0; call < 10; call++) await send();
    upstream.play(answer(500));
    for (let call = 0; call < 9; call++) await send();
    expect(state()).toBe('closed');
    await send();
    expect(state()).toBe('open');
    await expect(http.get(upstream.url)).rejects.toMatchObject({ retryAfter: 15_000 });
    await clock.advance(14_999);
    await expect(http.get(upstream.url)).rejects.toMatchObject({ code: 'RESILIENCE_CIRCUIT_OPEN' });
    await clock.advance(1);
    upstream.play(answer(200));
    await expect(http.get(upstream.url)).resolves.toMatchObject({ status: 200 });
    expect(state()).toBe('closed');
  });

  it('failures that are 30 s old count no more', async () => {
    const { http, circuits, clock } = await bare();
    upstream.play(answer(500));
    for (let call = 0; call < 19; call++) await http.post(upstream.url, {}).catch(() => undefined);
    await clock.advance(33_000);
    await http.post(upstream.url, {}).catch(() => undefined);
    expect(circuits.get(`http[${upstream.url}]`)?.state).toBe('closed');
  });

  it('an attempt may take 10 s, a call 30 s, and three retries are made', async () => {
    const { http, clock } = await bare();
    upstream.play(hang);
    const ended = expect(http.get(upstream.url)).rejects.toMatchObject({ scope: 'total', timeout: 30_000 });
    for (let attempt = 1; attempt <= 3; attempt++) {
      await eventually(() => upstream.arrived.length === attempt);
      await clock.advance(9_999);
      expect(upstream.arrived).toHaveLength(attempt);
      await clock.advance(1);
    }
    await ended;
    upstream.play(answer(503));
    await expect(http.get(upstream.url)).rejects.toMatchObject({ upstreamStatus: 503 });
    expect(upstream.arrived).toHaveLength(4);
  });
});

describe('of several sources the strongest gives the option: retries', () => {
  const retries = (maxRetries: number | undefined) => ({ retry: { maxRetries } });
  const base: ResilienceModuleOptions = {
    defaults: { retry: { maxRetries: 1, baseDelay: 0, budget: false } },
    policies: { two: retries(2), five: retries(5), none: { retry: false }, constructor: retries(2) },
  };

  it.each<[number, string, HttpClientOptions, HttpRequestOptions]>([
    [1, 'of the defaults', {}, {}],
    [2, 'of the client’s policy', { policy: 'two' }, {}],
    [4, 'of the client', { policy: 'two', ...retries(4) }, {}],
    [5, 'of the request’s policy', { policy: 'two', ...retries(4) }, { policy: 'five' }],
    [6, 'of the request', { policy: 'two', ...retries(4) }, { policy: 'five', ...retries(6) }],
    [1, 'without what is undefined', retries(undefined), { retry: undefined, policy: undefined }],
    [1, 'without what is undefined within', {}, retries(undefined)],
    [4, 'of the client, by a policy that says nothing of them', retries(4), { policy: 'silent' }],
    [0, 'of a client without', { retry: false }, {}],
    [0, 'of a request without', retries(4), { retry: false }],
    [0, 'of a policy without', { policy: 'none' }, {}],
    [2, 'of a request that wants them again', { retry: false }, { retry: { maxRetries: 2 } }],
    [2, 'of a policy with an odd name', {}, { policy: 'constructor' }],
  ])('%i: those %s', async (expected, _name, client, request) => {
    const policies = { ...base.policies, silent: { timeout: '1s' } };
    const { http } = await bare({ ...base, policies, http: { circuitBreaker: false, ...client } });
    upstream.play(answer(503, '', { 'retry-after': '0' }));
    await expect(http.get(upstream.url, request)).rejects.toMatchObject({ upstreamStatus: 503 });
    expect(upstream.arrived).toHaveLength(expected + 1);
  });
});

describe('a server that says when to come back', () => {
  const wall = (clock: ManualClock, seconds: number) =>
    new Date(clock.wallNow() + seconds * 1000).toUTCString();

  it.each<[string, number, (clock: ManualClock) => Record<string, string>]>([
    ['in seconds', 3000, () => ({ 'retry-after': '3' })],
    ['now', 0, () => ({ 'retry-after': '0' })],
    ['at a date', 3000, (clock) => ({ 'retry-after': wall(clock, 3) })],
    ['at a date that is past', 0, (clock) => ({ 'retry-after': wall(clock, -3) })],
    ['in milliseconds, which win', 1500, () => ({ 'retry-after-ms': '1500', 'retry-after': '3' })],
    ['in Azure’s milliseconds', 1500, () => ({ 'x-ms-retry-after-ms': '1500' })],
    ['in milliseconds that are none', 3000, () => ({ 'retry-after-ms': 'x', 'retry-after': '3' })],
    ['with its quota', 3000, () => ({ ratelimit: '"default";r=0;t=3' })],
    ['in words', 500, () => ({ 'retry-after': 'soon' })],
    ['below zero', 500, () => ({ 'retry-after': '-1' })],
    ['in a fraction', 1500, () => ({ 'retry-after': '1.5' })],
    ['in a broken fraction', 500, () => ({ 'retry-after': '1.' })],
    ['for a quota that is not used up', 500, () => ({ ratelimit: '"default";r=1;t=3' })],
  ])('%s is obeyed, or answered with the usual pause: %i ms', async (_name, pause, headers) => {
    const delays: number[] = [];
    const clock = new ManualClock();
    const retry = {
      baseDelay: 500,
      jitter: 'none',
      onRetry: ({ delay }: { delay: number }) => delays.push(delay),
    };
    const { http } = await startHttp({ baseUrl: upstream.url, retry } as HttpClientOptions, {
      clock,
      random: () => 0,
    });
    upstream.play(answer(503, '', headers(clock)), answer(200));
    const sent = http.get('/');
    await eventually(() => delays.length === 1);
    await clock.advance(pause);
    await expect(sent).resolves.toMatchObject({ attempts: 2 });
    expect(delays).toEqual([pause]);
  });
});
