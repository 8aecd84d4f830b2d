import { inWorld } from '../world.mjs';

/**
 * A thousand callers come at the same moment, 50 ms away from an upstream that answers at most a hundred requests in
 * 100 ms and refuses the rest at once. All have the library's defaults but for the jitter, and no budget, to see the herd.
 */
export const CALLERS = 1000;
export const CAPACITY = 100;
export const SLOT = 100;
export const SLOTS = 22;
const HOP = 50;

export function herd(jitter) {
  return inWorld({ seed: 1 }, async ({ clock, service, sleep }) => {
    const slots = Array.from({ length: SLOTS }, () => ({ answered: 0, refused: 0 }));
    const request = async () => {
      await sleep(HOP);
      const slot = slots[Math.floor(clock.now() / SLOT)];
      const isRefused = slot.answered === CAPACITY;
      slot[isRefused ? 'refused' : 'answered']++;
      await sleep(HOP);
      if (isRefused) throw Object.assign(new Error('too busy'), { status: 503 });
    };
    let served = 0;
    let lastAt = 0;
    for (let caller = 0; caller < CALLERS; caller++) {
      const call = service.execute({ retry: { jitter, budget: false } }, request);
      call.then(
        () => {
          served++;
          lastAt = clock.now();
        },
        () => undefined,
      );
    }
    await clock.advance(SLOT * SLOTS - 1);
    return { slots, ...summary(slots), served, lastAt: Math.round(lastAt) };
  });
}

function summary(slots) {
  const arrivals = slots.map(({ answered, refused }) => answered + refused);
  return {
    requests: arrivals.reduce((sum, count) => sum + count, 0),
    // the first slot holds the calls themselves, which nobody can spread
    peak: Math.max(...arrivals.slice(1)),
  };
}
