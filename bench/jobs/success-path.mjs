import { newService } from '../fresh.mjs';
import { measure } from '../measure.mjs';
import * as cockatiel from '../subjects/cockatiel.mjs';
import { HandWritten } from '../subjects/hand-written.mjs';
import {
  Bulkhead,
  CircuitBreaker,
  RateLimit,
  rates,
  Retryable,
  startLibrary,
  Timeout,
  unlimited,
} from '../subjects/library.mjs';
import * as mollitia from '../subjects/mollitia.mjs';
import { startNestjsResilience } from '../subjects/nestjs-resilience.mjs';
import * as opossum from '../subjects/opossum.mjs';
import { retried } from '../subjects/p-retry.mjs';

export default async function successPath() {
  const { services } = await startLibrary('echo', [
    [Retryable()],
    [Retryable(), CircuitBreaker()],
    [Retryable(), CircuitBreaker(rates.count)],
    [Retryable(), CircuitBreaker(rates.time)],
    [Retryable(), CircuitBreaker(), Timeout('10s')],
    [Retryable(), CircuitBreaker(), Bulkhead({ maxConcurrent: 10 })],
    [Retryable(), CircuitBreaker(), RateLimit(unlimited)],
    [Retryable(), CircuitBreaker(), Timeout('10s'), RateLimit(unlimited), Bulkhead({ maxConcurrent: 10 })],
  ]);
  const [retriedOnly, both, counted, timed, limited, bulkhead, rateLimit, all] = services;
  return measure([
    ...references(),
    { name: '@Retryable', run: () => retriedOnly.call(1) },
    { name: '@Retryable @CircuitBreaker', run: () => both.call(1) },
    { name: '… failureRate, the last 100 calls', run: () => counted.call(1) },
    { name: '… failureRate, the last 10 s', run: () => timed.call(1) },
    { name: '@Retryable @CircuitBreaker @Timeout', run: () => limited.call(1) },
    { name: '@Retryable @CircuitBreaker @Bulkhead', run: () => bulkhead.call(1) },
    { name: '@Retryable @CircuitBreaker @RateLimit', run: () => rateLimit.call(1) },
    { name: '… with all three', run: () => all.call(1) },
    ...(await peers()),
  ]);
}

function references() {
  const [bare, byHand] = [newService('echo'), newService('echo')];
  const hand = new HandWritten();
  return [
    { name: 'bare call', run: () => bare.call(1) },
    { name: 'hand-written', run: () => hand.run(byHand, 1) },
  ];
}

async function peers() {
  const [ofCockatiel, ofPRetry] = [newService('echo'), newService('echo')];
  const policy = cockatiel.retryAndBreaker();
  const timed = cockatiel.withTimeout();
  const breaker = opossum.breaker(newService('echo'));
  const circuit = mollitia.retryAndBreaker(newService('echo'));
  const { service } = await startNestjsResilience('echo');
  return [
    { name: 'cockatiel wrap(retry, breaker, timeout)', run: () => timed.execute(() => ofCockatiel.call(1)) },
    { name: 'cockatiel wrap(retry, breaker)', run: () => policy.execute(() => ofCockatiel.call(1)) },
    { name: 'opossum (breaker)', run: () => breaker.fire(1) },
    { name: 'nestjs-resilience retry, breaker', run: () => service.call(1) },
    { name: 'p-retry (retry)', run: () => retried(ofPRetry, 1) },
    { name: 'mollitia retry, breaker', run: () => circuit.execute(1) },
  ];
}
