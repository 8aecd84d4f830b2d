import type { CompiledPipeline } from '../compiled-pipeline.js';
import type { Destinations } from '../destinations.js';
import type { Execution } from '../execution.js';
import { DestinationGuards } from '../guards/destination-guards.js';
import type { Outcome } from '../outcome.js';

/**
 * Prepares a call that chooses among destinations. The promise, if there is one, is the wait until they are known, within the
 * limits of the call; it gives the outcome of a call for which they cannot be found.
 */
export function findDestinations(
  execution: Execution,
  { guards, deps }: Pick<CompiledPipeline, 'guards' | 'deps'>,
  destinations: Destinations,
): Promise<Outcome | undefined> | undefined {
  execution.alternatives = new DestinationGuards(guards, destinations, deps.clock);
  const ready = destinations.ready();
  return ready && waitFor(ready, execution);
}

/** Waits within the limits of the call: its end ends the wait. */
function waitFor(ready: Promise<unknown>, execution: Execution): Promise<Outcome | undefined> {
  return new Promise((resolve) => {
    let isOver = false;
    const finish = (outcome?: Outcome) => {
      if (isOver) return;
      isOver = true;
      execution.onInterrupt = undefined;
      stopWaiting();
      resolve(outcome);
    };
    const stopWaiting = execution.beginWait();
    execution.onInterrupt = () => finish();
    if (execution.interruption) return finish();
    ready.then(
      () => finish(),
      (error: unknown) => finish({ kind: 'failed', error }),
    );
  });
}
