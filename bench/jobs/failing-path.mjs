import { newService } from '../fresh.mjs';
import { measure } from '../measure.mjs';
import * as cockatiel from '../subjects/cockatiel.mjs';
import { HandWritten } from '../subjects/hand-written.mjs';
import { atOnce, CircuitBreaker, Retryable, startLibrary } from '../subjects/library.mjs';
import * as mollitia from '../subjects/mollitia.mjs';
import { startNestjsResilience } from '../subjects/nestjs-resilience.mjs';
import { retried } from '../subjects/p-retry.mjs';
import { countTimers } from '../timers.mjs';

const CALLS = 200;

/** Two failures, then success. `kind` says what the failures are: 'fresh error' or 'ready-made error'. */
export default async function failingPath(kind) {
  const cases = [...references(kind), ...(await ours(kind)), ...(await peers(kind))];
  const results = await measure(cases);
  for (const [index, { run }] of cases.entries()) {
    const { made } = await countTimers(async () => {
      for (let call = 0; call < CALLS; call++) await run();
    });
    results[index].timersPerCall = made / CALLS;
  }
  return results;
}

function references(kind) {
  const service = newService(kind);
  const hand = new HandWritten();
  return [{ name: 'hand-written', run: () => hand.run(service, 1) }];
}

async function ours(kind) {
  const { services } = await startLibrary(kind, [
    [Retryable(atOnce)],
    [Retryable(atOnce), CircuitBreaker()],
    [Retryable({ ...atOnce, budget: false }), CircuitBreaker()],
  ]);
  const [retriedOnly, both, unbudgeted] = services;
  return [
    { name: '@Retryable', run: () => retriedOnly.call(1) },
    { name: '@Retryable @CircuitBreaker', run: () => both.call(1) },
    { name: '… without a budget', run: () => unbudgeted.call(1) },
  ];
}

async function peers(kind) {
  const [ofCockatiel, ofPRetry] = [newService(kind), newService(kind)];
  const policy = cockatiel.retryAndBreaker();
  const circuit = mollitia.retryAndBreaker(newService(kind), { failureRateThreshold: 100 });
  // two of three attempts fail: its circuit would open
  const breaker = { errorThresholdPercentage: 101 };
  const { service } = await startNestjsResilience(kind, { breaker });
  return [
    { name: 'p-retry (retry)', run: () => retried(ofPRetry, 1) },
    { name: 'cockatiel wrap(retry, breaker)', run: () => policy.execute(() => ofCockatiel.call(1)) },
    { name: 'mollitia retry, breaker', run: () => circuit.execute(1) },
    { name: 'nestjs-resilience retry, breaker', run: () => service.call(1) },
  ];
}
