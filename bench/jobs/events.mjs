import { measure } from '../measure.mjs';
import { atOnce, CircuitBreaker, ResilienceEvents, Retryable, startLibrary } from '../subjects/library.mjs';

/** The failing path (two retries, which are two events) with and without somebody who listens. */
export default async function events() {
  const [silent, again, other, heard, all] = await Promise.all(
    Array.from({ length: 5 }, () =>
      startLibrary('ready-made error', [[Retryable(atOnce), CircuitBreaker()]]),
    ),
  );
  let count = 0;
  const listener = () => void count++;
  other.app.get(ResilienceEvents).on('circuit.opened', listener);
  heard.app.get(ResilienceEvents).on('retry.scheduled', listener);
  all.app.get(ResilienceEvents).asObservable().subscribe(listener);
  const asked = silent.app.get(ResilienceEvents);
  const run = ({ services: [service] }) => ({ run: () => service.call(1) });
  const results = await measure([
    { name: 'no listener', ...run(silent) },
    { name: 'no listener, the same once more', ...run(again) },
    { name: 'a listener to another event', ...run(other) },
    { name: 'a listener to retry.scheduled', ...run(heard) },
    { name: 'asObservable()', ...run(all) },
  ]);
  if (count === 0) throw new Error('no listener was told');
  return { results, nsPerQuestion: question(asked) };
}

/** All that an event without a listener costs: the question whether there is one. */
function question(events) {
  const CALLS = 5_000_000;
  let observed = 0;
  const ask = () => {
    const started = performance.now();
    for (let call = 0; call < CALLS; call++) if (events.isObserved('retry.scheduled')) observed++;
    return ((performance.now() - started) * 1e6) / CALLS;
  };
  const times = [ask(), ask(), ask()];
  if (observed > 0) throw new Error('nobody listens');
  return Math.min(...times);
}
