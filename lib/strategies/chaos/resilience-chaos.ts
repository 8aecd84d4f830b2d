import type { Duration } from '../../policy/duration.js';
import { ResilienceConfigurationError } from '../../exceptions/resilience-configuration.error.js';
import type { Fault } from './fault.js';

/** Faults that are started while the application runs. @public */
export interface ChaosRun {
  /** The policy, the method as `Class.method`, or the HTTP client whose attempts they meet; the default client is `http`. */
  name: string;
  /** The faults; each attempt asks them in this order, and the first that draws it wins. */
  faults: readonly Fault[];
  /** The time after which they end by themselves, at most an hour. Default `'5m'`. */
  for?: Duration | undefined;
}

/** Faults that are at work. @public */
export interface ActiveChaos {
  /** The policy, method or client whose attempts they meet. */
  readonly name: string;
  /** The faults, as they were started. */
  readonly faults: readonly Fault[];
  /** Epoch milliseconds at which they end by themselves. */
  readonly until: number;
}

/**
 * Starts and stops faults while the application runs. Where `chaos({ enabled: true })` is not given to `forRoot()`,
 * `start()` throws.
 *
 * @example
 * ```ts
 * const faults: Fault[] = [{ kind: 'error', error: 503, rate: 0.3 }];
 * const stop = app.get(ResilienceChaos).start({ name: 'payments', faults, for: '5m' });
 * stop();
 * ```
 * @public
 */
export abstract class ResilienceChaos {
  /**
   * Starts faults, also where none was declared; several may be at work at once. They end by themselves, by the application's
   * clock, and with the application.
   *
   * @returns the function that stops them earlier
   * @throws ResilienceConfigurationError for wrong options, and where chaos is not enabled
   */
  abstract start(run: ChaosRun): () => void;
  /** Stops all faults that were started. Declared ones stay. */
  abstract stopAll(): void;
  /** The faults that were started and are still at work, oldest first. */
  abstract active(): ActiveChaos[];
}

/** The handle where no code is there that could inject anything. */
export class SilentChaos extends ResilienceChaos {
  /** @param reason - the value in the place where an enabled source should be, for the message */
  constructor(private readonly reason: string | undefined) {
    super();
  }

  start(): never {
    const expected =
      "chaos({ enabled: true }) of 'nestjs-breakwater/chaos', given to ResilienceModule.forRoot()";
    throw new ResilienceConfigurationError([{ path: 'chaos', expected, got: this.reason }]);
  }

  stopAll(): void {
    // nothing was started
  }

  active(): ActiveChaos[] {
    return [];
  }
}
