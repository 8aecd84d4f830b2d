import { newService } from '../fresh.mjs';
import { measure } from '../measure.mjs';
import { HandWritten } from '../subjects/hand-written.mjs';
import { CircuitBreaker, Retryable, startLibrary } from '../subjects/library.mjs';

/** Calls that go round so many service classes. */
export default async function classes(count) {
  const list = (make) => Array.from({ length: count }, make);
  const { services } = await startLibrary(
    'echo',
    list(() => [Retryable(), CircuitBreaker()]),
  );
  const hand = list(() => new HandWritten());
  const [bare, byHand] = [list(() => newService('echo')), list(() => newService('echo'))];
  let [ofBare, ofHand, ofOurs] = [0, 0, 0];
  return measure([
    { name: 'bare call', run: () => bare[(ofBare = (ofBare + 1) % count)].call(1) },
    { name: 'hand-written', run: () => hand[(ofHand = (ofHand + 1) % count)].run(byHand[ofHand], 1) },
    { name: '@Retryable @CircuitBreaker', run: () => services[(ofOurs = (ofOurs + 1) % count)].call(1) },
  ]);
}
