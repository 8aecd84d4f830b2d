import { describe, expect, it } from '@jest/globals';
import { ManualClock } from 'nestjs-breakwater/testing';
import { ServerRateLimit } from '../../../../../lib/http/client/pipelines/server-rate-limit.js';

const MINUTE = 60_000;

const usedUp = (seconds: number) => ({
  status: 200,
  headers: { 'ratelimit-remaining': '0', 'ratelimit-reset': String(seconds) },
  body: Buffer.alloc(0),
});

function start(random = () => 0) {
  const clock = new ManualClock();
  const limit = new ServerRateLimit({ name: 'http', clock, random, maxWait: 120 * MINUTE });
  return { clock, limit };
}

describe('the quota of an origin', () => {
  it('is remembered until its end, however long no response speaks of it', async () => {
    const { clock, limit } = start();
    limit.learn('https://a', usedUp(3600));
    await clock.advance(30 * MINUTE);
    limit.learn('https://b', usedUp(1));
    expect(limit.waitFor('https://a', Infinity)).toBe(30 * MINUTE);
  });

  it('is waited for up to a tenth longer, and never beyond the time left', () => {
    const { limit } = start(() => 1);
    limit.learn('https://a', usedUp(10));
    expect(limit.waitFor('https://a', Infinity)).toBe(11_000);
    expect(limit.waitFor('https://a', 10_500)).toBe(10_500);
  });

  it('is over once its moment has come', async () => {
    const { clock, limit } = start();
    limit.learn('https://a', usedUp(10));
    await clock.advance(10_000);
    expect(limit.waitFor('https://a', Infinity)).toBe(0);
  });
});
