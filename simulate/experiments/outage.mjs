import { untilNext } from '../random.mjs';
import { inWorld } from '../world.mjs';

/** Twenty callers a second want one of five answers, which are kept for five seconds. For half a minute the upstream refuses everything. */
export const OUTAGE = { from: 10, to: 40 };
export const SECONDS = 60;
export const TTL = 5000;
export const LOAD = 20;
const KEYS = 5;
const LATENCY = 50;

export function outage(staleIfError) {
  const policies = { rate: { cache: { ttl: TTL, staleIfError } } };
  return inWorld({ seed: 1, policies }, async ({ clock, events, service, sleep, random }) => {
    const seconds = Array.from({ length: SECONDS }, () => ({ fresh: 0, stale: 0, failed: 0 }));
    events.on('call.settled', ({ outcome, cache }) => {
      const second = seconds[Math.floor(clock.now() / 1000)];
      second[outcome === 'failure' ? 'failed' : cache === 'stale' ? 'stale' : 'fresh']++;
    });
    const request = async () => {
      await sleep(LATENCY);
      const now = clock.now() / 1000;
      if (now >= OUTAGE.from && now < OUTAGE.to) throw Object.assign(new Error('down'), { status: 503 });
      return 'the rate';
    };
    const arrive = async () => {
      while (clock.now() < SECONDS * 1000) {
        await sleep(untilNext(random, LOAD / 1000));
        const cacheKey = Math.floor(random() * KEYS);
        service.execute('rate', request, { cacheKey }).catch(() => undefined);
      }
    };
    void arrive();
    await clock.advance(SECONDS * 1000 - 1);
    const sum = (kind) => seconds.reduce((total, second) => total + second[kind], 0);
    return { seconds, fresh: sum('fresh'), stale: sum('stale'), failed: sum('failed') };
  });
}
