import { untilNext } from '../random.mjs';
import { inWorld } from '../world.mjs';

/**
 * Two hundred callers a second want one answer. The upstream needs 400 ms for it, and it is kept for three seconds: whoever
 * comes while no answer is there asks the upstream, unless a run under way is shared.
 */
export const SECONDS = 12;
export const LATENCY = 400;
export const TTL = 3000;
export const SLOT = 100;
const LOAD = 200;

export function stampede(coalesce) {
  const policies = { rate: { cache: { ttl: TTL, coalesce } } };
  return inWorld({ seed: 1, policies }, async ({ clock, service, sleep, random }) => {
    const slots = Array.from({ length: (SECONDS * 1000) / SLOT }, () => 0);
    let calls = 0;
    let underWay = 0;
    let most = 0;
    const request = async () => {
      slots[Math.floor(clock.now() / SLOT)]++;
      most = Math.max(most, ++underWay);
      await sleep(LATENCY);
      underWay--;
      return 'the rate';
    };
    const arrive = async () => {
      while (clock.now() < SECONDS * 1000 - SLOT) {
        await sleep(untilNext(random, LOAD / 1000));
        calls++;
        service.execute('rate', request, { cacheKey: 'EUR' }).catch(() => undefined);
      }
    };
    void arrive();
    await clock.advance(SECONDS * 1000 - 1);
    return { slots, calls, requests: slots.reduce((sum, count) => sum + count, 0), most };
  });
}
