import type { Clock } from '../clock/clock.js';
import type { ResilienceEvents } from '../events/resilience-events.js';
import type { DeadlineQueues } from './deadlines/deadline-queues.js';
import type { ShutdownSignal } from './abort/shutdown-signal.js';
import type { AmbientContext } from './nesting/ambient-context.js';

/** What every pipeline of an application shares. */
export interface PipelineDeps {
  readonly clock: Clock;
  readonly events: ResilienceEvents;
  readonly deadlines: DeadlineQueues;
  readonly lifetime: ShutdownSignal;
  /** Which call runs within which; only there if the options ask for it. */
  readonly ambientContext?: AmbientContext | undefined;
}
