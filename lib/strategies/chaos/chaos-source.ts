import type { Clock } from '../../clock/clock.js';
import type { ResilienceEvents } from '../../events/resilience-events.js';
import type { Problems } from '../../policy/problems.js';
import type { BodyInterceptor, InterceptorSource } from '../body-interceptor.js';
import type { CheckedFault } from './fault.js';
import type { ResilienceChaos } from './resilience-chaos.js';

/** The code that injects faults; `chaos()` of `nestjs-breakwater/chaos` makes it. @public */
export interface ChaosSource {
  /** True if it is switched on. */
  readonly enabled: boolean;
}

/** The services of an application that its faults need. */
export interface ChaosHost {
  readonly clock: Clock;
  readonly events: ResilienceEvents;
  readonly random: () => number;
  /** True once the application has begun to close: nothing is injected any more. */
  readonly isClosing: boolean;
  /** True if there is a policy of this name. */
  hasPolicy(name: string): boolean;
  /** Puts faults in front of the pipelines that their names find; returns the function that takes them away. */
  add(source: InterceptorSource): () => void;
}

/** The code that injects faults, in one application where it is enabled. */
export interface ChaosOfApplication {
  readonly control: ResilienceChaos;
  /** Injects faults that have been checked until the function that it returns is called, whatever the clock says. */
  hold(name: string, faults: readonly CheckedFault[]): () => void;
  /** Makes the interceptor of declared faults. */
  interceptor(faults: readonly CheckedFault[]): BodyInterceptor;
}

/** A source, as the application sees it. */
export interface OpenChaosSource extends ChaosSource {
  /** Reports wrong options, and chaos that production does not allow. */
  check(path: string, problems: Pick<Problems, 'add'>): void;
  open(host: ChaosHost): ChaosOfApplication;
}
