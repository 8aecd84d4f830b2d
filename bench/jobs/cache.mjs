import { newService } from '../fresh.mjs';
import { measure } from '../measure.mjs';
import { Cache, CircuitBreaker, Coalesce, Retryable, startLibrary } from '../subjects/library.mjs';

/** The `Map` of promises that everybody writes once. */
class HandWritten {
  constructor(service) {
    this.service = service;
    this.running = new Map();
  }

  call(value) {
    const known = this.running.get(value);
    if (known) return known;
    const running = this.service.call(value).finally(() => this.running.delete(value));
    this.running.set(value, running);
    return running;
  }
}

const CALLERS = 100;

/** So many calls of one key at once. */
const together = (service) => () => Promise.all(Array.from({ length: CALLERS }, () => service.call(1)));

let next = 0;

/** Calls of which none has the key of another one. */
const missing = (service) => () => service.call(next++);

export default async function cache() {
  const protecting = [Retryable(), CircuitBreaker()];
  const kept = Cache({ ttl: '1h' });
  const echo = await startLibrary('echo', [[kept], [kept, ...protecting], protecting]);
  const [hit, protectedHit, plain] = echo.services;
  const upstream = await startLibrary('upstream', [protecting, [kept, ...protecting], [Coalesce()]]);
  const [without, withCache, coalesced] = upstream.services;
  const missEcho = await startLibrary('echo', [[kept, ...protecting]]);
  const byHand = new HandWritten(newService('upstream'));
  const bare = newService('echo');
  const calls = await measure([
    { name: 'bare call', run: () => bare.call(1) },
    { name: 'a hit: @Cache', run: () => hit.call(1) },
    { name: 'a hit: @Cache @Retryable @CircuitBreaker', run: () => protectedHit.call(1) },
    { name: 'without @Cache: @Retryable @CircuitBreaker', run: () => plain.call(1) },
    { name: 'a miss of a method that does nothing', run: missing(missEcho.services[0]) },
  ]);
  const misses = await measure([
    { name: 'without @Cache: @Retryable @CircuitBreaker', run: missing(without) },
    { name: 'a miss: @Cache @Retryable @CircuitBreaker', run: missing(withCache) },
  ]);
  const shared = await measure([
    { name: 'a hand-written Map of promises', run: together(byHand) },
    { name: '@Coalesce', run: together(coalesced) },
  ]);
  return { calls, misses, shared };
}
