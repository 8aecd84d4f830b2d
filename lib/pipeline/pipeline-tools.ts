import type { Clock } from '../clock/clock.js';
import type { ResilienceEvents } from '../events/resilience-events.js';
import type { DeadlineQueues } from './deadline-queues.js';
import type { Lifetime } from './lifetime.js';
import type { Surroundings } from './surroundings.js';

/** What every pipeline of an application shares. */
export interface PipelineTools {
  readonly clock: Clock;
  readonly events: ResilienceEvents;
  readonly deadlines: DeadlineQueues;
  readonly lifetime: Lifetime;
  /** Which call runs within which; only there if the options ask for it. */
  readonly surroundings?: Surroundings | undefined;
}
