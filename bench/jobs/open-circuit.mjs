import { newService } from '../fresh.mjs';
import { measure } from '../measure.mjs';
import * as cockatiel from '../subjects/cockatiel.mjs';
import { HandWritten } from '../subjects/hand-written.mjs';
import { CircuitBreaker, Retryable, startLibrary } from '../subjects/library.mjs';
import * as mollitia from '../subjects/mollitia.mjs';
import { startNestjsResilience } from '../subjects/nestjs-resilience.mjs';
import * as opossum from '../subjects/opossum.mjs';

const HOUR = 3_600_000;
/** More failures than any of the subjects needs to open. */
const FAILURES = 30;

/** What a call costs that an open circuit refuses, with the try and catch around it. */
export default async function openCircuit() {
  const cases = [...references(), ...(await ours()), ...(await peers())];
  for (const { run } of cases) {
    for (let failure = 0; failure < FAILURES; failure++) await run().catch(() => undefined);
  }
  return measure(cases.map((one) => ({ ...one, kind: 'rejects' })));
}

function references() {
  const [bare, byHand] = [newService('down'), newService('down')];
  const hand = new HandWritten({ recoveryTimeout: HOUR });
  return [
    { name: 'bare call that throws a ready-made error', run: () => bare.call(1) },
    { name: 'hand-written', run: () => hand.run(byHand, 1) },
  ];
}

async function ours() {
  const circuit = { recoveryTimeout: HOUR };
  const { services } = await startLibrary('down', [
    [CircuitBreaker(circuit)],
    [Retryable({ baseDelay: 0 }), CircuitBreaker(circuit)],
  ]);
  const [breakerOnly, both] = services;
  return [
    { name: '@CircuitBreaker', run: () => breakerOnly.call(1) },
    { name: '@Retryable @CircuitBreaker', run: () => both.call(1) },
  ];
}

async function peers() {
  const [one, other] = [newService('down'), newService('down')];
  const options = { recoveryTimeout: HOUR };
  const [breaker, policy] = [cockatiel.breaker(options), cockatiel.retryAndBreaker(options)];
  const fired = opossum.breaker(newService('down'), { resetTimeout: HOUR });
  const circuit = mollitia.breaker(newService('down'), { openStateDelay: HOUR });
  const { service } = await startNestjsResilience('down', {
    breaker: { sleepWindowInMilliseconds: HOUR, rollingWindowInMilliseconds: HOUR },
    isRetried: false,
  });
  return [
    { name: 'cockatiel breaker', run: () => breaker.execute(() => one.call(1)) },
    { name: 'cockatiel wrap(retry, breaker)', run: () => policy.execute(() => other.call(1)) },
    { name: 'opossum', run: () => fired.fire(1) },
    { name: 'mollitia breaker', run: () => circuit.execute(1) },
    { name: 'nestjs-resilience breaker', run: () => service.call(1) },
  ];
}
