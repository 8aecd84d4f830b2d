import type { Clock } from '../clock/clock.js';
import type { ResilienceEvents } from '../events/resilience-events.js';
import type { ShutdownSignal } from './abort/shutdown-signal.js';
import type { DeadlineQueues } from './deadlines/deadline-queues.js';
import type { AddedInterceptors } from './attempt/added-interceptors.js';
import type { AmbientContext } from './nesting/ambient-context.js';
import type { Telemetry } from '../telemetry/telemetry.js';

/** The services of an application that all its pipelines share. */
export interface PipelineDeps {
  readonly clock: Clock;
  readonly events: ResilienceEvents;
  readonly deadlines: DeadlineQueues;
  readonly shutdown: ShutdownSignal;
  /** Counts and observes; missing where everything runs bare. */
  readonly telemetry?: Telemetry | undefined;
  /** Knows which call runs within which; there only if the options ask for it. */
  readonly ambientContext?: AmbientContext | undefined;
  /** Interceptors that are put in front of bodies while the application runs. */
  readonly interceptors?: AddedInterceptors | undefined;
}
