import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import type { ResilientHttpService } from 'nestjs-breakwater';
import { ManualClock } from 'nestjs-breakwater/testing';
import {
  answer,
  closeInFace,
  endless,
  FaultServer,
  hang,
  hangInBody,
  redirect,
  reset,
  resetInBody,
  tooShort,
} from '../../support/fault-server/fault-server.js';
import type { Behaviour } from '../../support/fault-server/fault-server.js';
import { eventually, startHttp, stopHttp } from '../../support/http-application.js';
import { seeded } from '../../support/seeded.js';

const upstream = await FaultServer.start();
afterAll(() => upstream.stop());
afterEach(stopHttp);

type Send = (http: ResilientHttpService) => Promise<unknown>;

/** The ways to send, in the order of the columns. */
const ways: [string, Send][] = [
  ['GET', (http) => http.get('/')],
  ['PUT', (http) => http.put('/', { a: 1 })],
  ['DELETE', (http) => http.delete('/')],
  ['POST', (http) => http.post('/', { a: 1 })],
  ['PATCH', (http) => http.patch('/', { a: 1 })],
  ['POST+key', (http) => http.post('/', { a: 1 }, { idempotencyKey: true })],
  ['PUT stream', (http) => http.put('/', Readable.from(['a']))],
];

/** Expected requests on the wire with two retries: idempotent ×3, POST and PATCH, with a key, with a stream. */
const rows: [string, Behaviour, number[]][] = [
  ['reset before the answer', reset, [3, 3, 3, 1, 1, 3, 1]],
  ['closed in the face', closeInFace, [3, 3, 3, 1, 1, 3, 1]],
  ['reset in the body', resetInBody, [3, 3, 3, 1, 1, 3, 1]],
  ['too short', tooShort, [3, 3, 3, 1, 1, 3, 1]],
  ['hang before headers', hang, [3, 3, 3, 1, 1, 3, 1]],
  ['hang in the body', hangInBody, [3, 3, 3, 1, 1, 3, 1]],
  ...[408, 500, 502, 503, 504].map((status): [string, Behaviour, number[]] => [
    `${status}`,
    answer(status),
    [3, 3, 3, 1, 1, 3, 1],
  ]),
  ['429, Retry-After: 0', answer(429, '', { 'retry-after': 0 }), [3, 3, 3, 1, 1, 3, 1]],
  ['503, Retry-After: 61', answer(503, '', { 'retry-after': 61 }), [1, 1, 1, 1, 1, 1, 1]],
  ['421', answer(421), [3, 3, 3, 3, 3, 3, 1]],
  ['425', answer(425), [3, 3, 3, 3, 3, 3, 1]],
  ['413', answer(413), [1, 1, 1, 1, 1, 1, 1]],
  ['413, Retry-After: 0', answer(413, '', { 'retry-after': 0 }), [3, 3, 3, 1, 1, 3, 1]],
  ...[304, 400, 401, 404, 409, 422, 501, 505].map((status): [string, Behaviour, number[]] => [
    `${status}`,
    answer(status),
    [1, 1, 1, 1, 1, 1, 1],
  ]),
  ['broken JSON', answer(200, '{', { 'content-type': 'application/json' }), [1, 1, 1, 1, 1, 1, 1]],
  ['endless body', endless(), [1, 1, 1, 1, 1, 1, 1]],
  ['redirect loop (307)', redirect(307, '/'), [6, 6, 6, 6, 6, 6, 1]],
];

const HANGING: readonly Behaviour[] = [hang, hangInBody];
const LIMIT = 1_000;

/** Waits for the end of a call. A request that is left hanging runs out of its virtual time once it has arrived. */
async function ended(call: Promise<unknown>, behaviour: Behaviour, clock: ManualClock): Promise<unknown> {
  let outcome: { readonly error: unknown } | undefined;
  call.then(
    () => (outcome = { error: undefined }),
    (error: unknown) => (outcome = { error }),
  );
  for (let seen = 0; !outcome;) {
    await eventually(() => outcome !== undefined || upstream.arrived.length > seen);
    seen = upstream.arrived.length;
    if (HANGING.includes(behaviour)) await clock.advance(LIMIT);
  }
  return outcome.error;
}

describe(`requests on the wire: ${ways.map(([name]) => name).join(' | ')}`, () => {
  it.each(
    rows.map(
      ([name, behaviour, expected]) => [name.padEnd(24), expected.join(' | '), behaviour, expected] as const,
    ),
  )('%s %s', async (_name, _shown, behaviour, expected) => {
    const clock = new ManualClock();
    const options = {
      baseUrl: upstream.url,
      retry: { maxRetries: 2, baseDelay: 0, budget: false as const },
      timeout: { attempt: LIMIT },
      maxResponseBytes: 100_000,
    };
    const { http } = await startHttp(options, { clock });
    const counted: number[] = [];
    for (const [, send] of ways) {
      upstream.play(behaviour);
      const error = await ended(send(http), behaviour, clock);
      expect(error).toMatchObject({ code: expect.stringMatching(/^RESILIENCE_/) });
      counted.push(upstream.arrived.length);
    }
    expect(counted).toEqual(expected);
  });
});

describe('1000 calls at once through a mix of faults', () => {
  it('settle once each, as the journal says', async () => {
    const random = seeded(7);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)];
    const faults: (readonly [string, Behaviour])[] = [
      ['503', answer(503)],
      ['404', answer(404)],
      ['reset', reset],
      ['resetInBody', resetInBody],
      ['closeInFace', closeInFace],
      ['tooShort', tooShort],
    ];
    const { http } = await startHttp({
      baseUrl: upstream.url,
      retry: { maxRetries: 2, baseDelay: 1, budget: false },
      timeout: { attempt: '20s', total: '60s' },
      circuitBreaker: false,
    });
    upstream.play(answer(500));
    const calls = Array.from({ length: 1000 }, (_, index) => {
      const method = pick(['GET', 'PUT', 'POST'] as const);
      const script = Array.from({ length: Math.floor(random() * 4) }, () => pick(faults));
      upstream.playAt(`/${index}`, ...script.map(([, behaviour]) => behaviour), answer(200, `${index}`));
      // what must happen: go on while a fault may be repeated and retries are left
      const end = script.findIndex(([name], attempt) => name === '404' || method === 'POST' || attempt === 2);
      const sent = end < 0 ? script.length + 1 : end + 1;
      return { method, path: `/${index}`, isFine: end < 0, sent };
    });
    let settled = 0;
    const results = await Promise.allSettled(
      calls.map(({ method, path }) => http.request({ method, url: path }).finally(() => settled++)),
    );
    const arrived = new Map<string, number>();
    for (const { path } of upstream.arrived) arrived.set(path, (arrived.get(path) ?? 0) + 1);
    const seen = results.map((result, index) => ({
      method: calls[index]?.method,
      path: calls[index]?.path,
      isFine: result.status === 'fulfilled' && result.value.data === `${index}`,
      sent: arrived.get(`/${index}`),
    }));
    expect(seen).toEqual(calls);
    expect(settled).toBe(1000);
    for (const [index, result] of results.entries()) {
      if (result.status === 'fulfilled') expect(result.value.attempts).toBe(calls[index]?.sent);
    }
    expect(upstream.openConnections).toBeLessThanOrEqual(256);
  }, 60_000);
});
