import type { INestApplicationContext } from '@nestjs/common';
import { CircuitBreakerRegistry } from '../strategies/circuit-breaker/circuit-breaker-registry.js';
import type { Circuit as LiveCircuit } from '../strategies/circuit-breaker/circuit.js';
import type { CircuitState } from '../strategies/circuit-breaker/circuit-state.js';
import { ResilienceEvents } from '../events/resilience-events.js';
import type { ResilienceEvent } from '../events/resilience-event.js';
import { APPLICATION } from '../resilience.providers.js';
import type { Application } from '../resilience.application.js';

/**
 * Puts a circuit into a state, as if it had come there by itself: an open one lets a trial through after its recovery
 * timeout. `'forced-open'` and `'disabled'` stay until `reset()`.
 *
 * @param app - the application, or the module of a test
 * @param name - of the circuit, such as `payments`, `PaymentsService.charge` or `payments[tenant-1]`
 * @throws Error for a circuit that does not exist, and for an application that runs bare
 *
 * @example
 * ```ts
 * overrideState(app, 'payments', 'open');
 * await expect(app.get(PaymentsService).charge('order-1')).rejects.toThrow(CircuitOpenException);
 * ```
 * @public
 */
export function overrideState(app: INestApplicationContext, name: string, state: CircuitState): void {
  const { runtime } = app.get<Application>(APPLICATION, { strict: false });
  if (runtime.isPassThrough)
    throw new Error(
      `overrideState: '${name}' protects nothing, as the application runs bare; ResilienceTestingModule.forRoot({ passThrough: false, … }) does not`,
    );
  const circuits = app.get(CircuitBreakerRegistry, { strict: false });
  const circuit = circuits.get(name) as LiveCircuit | undefined;
  const known = [...circuits].map((one) => one.name).join(', ') || 'none';
  if (!circuit) throw new Error(`overrideState: there is no circuit '${name}' (known: ${known})`);
  circuit.moveTo(state);
}

/**
 * Records the events of an application.
 *
 * @param app - the application, or the module of a test
 * @returns an array that fills with every event from now on
 *
 * @example
 * ```ts
 * const events = recordEvents(app);
 * await app.get(PaymentsService).charge('order-1');
 * expect(events.map(({ type }) => type)).toEqual(['retry.scheduled', 'call.settled']);
 * ```
 * @public
 */
export function recordEvents(app: INestApplicationContext): ResilienceEvent[] {
  const recorded: ResilienceEvent[] = [];
  const events = app.get(ResilienceEvents, { strict: false });
  events.asObservable().subscribe((event) => recorded.push(event));
  return recorded;
}
