import { Logger } from '@nestjs/common';
import type { CircuitTransitionEvent } from '../events/resilience-event.js';
import type { ResilienceEvents } from '../events/resilience-events.js';
import { reasonOf } from '../failures/reason.js';

function describe({ name, from, to, retryAfter, error }: CircuitTransitionEvent): string {
  const trial = retryAfter === undefined ? '' : `; next trial in ${Math.ceil(retryAfter)} ms`;
  const reason = error === undefined ? undefined : reasonOf(error);
  const why = reason === undefined ? '' : `; last failure: ${reason}`;
  return `Circuit '${name}' went from ${from} to ${to}${trial}${why}`;
}

/** One line per transition in the application's log. */
export function logTransitions(events: ResilienceEvents): void {
  const logger = new Logger('Resilience');
  events.on('circuit.opened', (event) => logger.warn(describe(event)));
  events.on('circuit.half-opened', (event) => logger.log(describe(event)));
  events.on('circuit.closed', (event) => logger.log(describe(event)));
}
