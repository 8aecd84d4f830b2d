import { untilNext } from '../random.mjs';
import { inWorld } from '../world.mjs';

/**
 * A service that does 300 requests a second, first come first served, stands still for ten seconds. Callers arrive at
 * random, whatever happens (an event loop never says no), and give up an attempt after a second; the service does not
 * notice that and works for nobody. Six hundred requests may wait, more are refused at once.
 */
export const CAPACITY = 300;
export const OUTAGE = { from: 10, to: 20 };
export const SECONDS = 60;
const WAITING_ROOM = 600;
const SERVICE_TIME = 1000 / CAPACITY;

/** What a client of HTTP would throw. */
class Refused extends Error {
  status = 503;
}

/** A worker with a queue; asleep during the outage. */
function openUpstream({ clock, sleep }, second) {
  const waiting = [];
  let isWorking = false;
  const work = async () => {
    isWorking = true;
    while (waiting.length > 0) {
      await sleep(SERVICE_TIME);
      const now = clock.now() / 1000;
      if (now >= OUTAGE.from && now < OUTAGE.to) await sleep((OUTAGE.to - now) * 1000);
      waiting.shift()();
    }
    isWorking = false;
  };
  return () => {
    second().attempts++;
    if (waiting.length >= WAITING_ROOM) throw new Refused('too busy');
    return new Promise((resolve) => {
      waiting.push(resolve);
      if (!isWorking) void work();
    });
  };
}

/** @param load - calls in a second; @param retry - options of the library */
export function collapse({ load, retry }) {
  return inWorld({ seed: 1 }, async (world) => {
    const { clock, service, sleep, random } = world;
    const seconds = Array.from({ length: SECONDS }, () => ({ calls: 0, attempts: 0, answered: 0 }));
    const second = () => seconds[Math.min(SECONDS - 1, Math.floor(clock.now() / 1000))];
    const upstream = openUpstream(world, second);
    const call = async () => {
      second().calls++;
      await service.execute({ timeout: '1s', retry }, upstream);
      second().answered++;
    };
    const arrive = async () => {
      while (clock.now() < SECONDS * 1000) {
        await sleep(untilNext(random, load / 1000));
        call().catch(() => undefined);
      }
    };
    void arrive();
    await clock.advance(SECONDS * 1000 - 1);
    return { seconds, ...summary(seconds) };
  });
}

/** How it stands before the outage and in the last twenty seconds, when it is long over. */
function summary(seconds) {
  const mean = (key, from, to) =>
    Math.round(seconds.slice(from, to).reduce((sum, second) => sum + second[key], 0) / (to - from));
  const last = [SECONDS - 20, SECONDS];
  return {
    before: { attempts: mean('attempts', 2, OUTAGE.from), answered: mean('answered', 2, OUTAGE.from) },
    after: {
      calls: mean('calls', ...last),
      attempts: mean('attempts', ...last),
      answered: mean('answered', ...last),
    },
  };
}
