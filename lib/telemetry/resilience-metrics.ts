import { ResilienceConfigurationError } from '../exceptions/resilience-configuration.error.js';
import type { ResilienceExporter } from './exporter.js';
import type { Exporters } from './exporters.js';
import type { FamilyDetail, FamilyFigures } from './figures.js';
import { readStates } from './read-states.js';
import type { Registries } from './read-states.js';
import { sumUp } from './sum-up.js';
import type { Telemetry } from './telemetry.js';

/**
 * The figures of one application since it started: calls, attempts, retries, rejections, circuits, by family. Counters never fall
 * back, not with a key that is evicted, a policy that is updated or a circuit that is reset.
 *
 * @example
 * ```ts
 * const payments = metrics.family('payments');
 * if (payments) console.log(payments.calls, payments.retriedCalls, payments.circuits);
 * ```
 * @public
 */
export class ResilienceMetrics {
  /** @internal */
  constructor(
    private readonly telemetry: Telemetry,
    private readonly registries: Registries,
    private readonly exporters: Exporters,
  ) {}

  /** The application, as channels, exporters and observers name it: an object without content. */
  get app(): object {
    return this.telemetry.app;
  }

  /** All families, in the order in which they appeared; none with `telemetry: false`, or where everything runs bare. */
  families(): FamilyFigures[] {
    return this.collect().map(sumUp);
  }

  /**
   * The figures of one family; undefined if there is none.
   *
   * @param name - a policy, `Class.method`, the name given to `execute`, a client (`http` is the default one), or a circuit
   */
  family(name: string): FamilyFigures | undefined {
    const found = this.collect().find((family) => family.name === name);
    return found && sumUp(found);
  }

  /** The same in the detail that exporters need. */
  collect(): FamilyDetail[] {
    const { telemetry } = this;
    if (!telemetry.isCounting) return [];
    const states = readStates(this.registries, telemetry, (name) => telemetry.family({ name }).name);
    return telemetry
      .families((name) => states.has(name))
      .map(({ name, policy, calls, transitions }) => ({
        name,
        ...(policy !== undefined && { policy }),
        circuits: [],
        ...states.get(name),
        transitions,
        ...calls.read(),
      }));
  }

  /**
   * Starts an exporter that does not stand in `forRoot({ telemetry: { exporters } })`, such as one that another module provides.
   *
   * @returns the function that stops it; the end of the application stops it too
   * @throws ResilienceConfigurationError with `telemetry: false`, which leaves nothing to export
   */
  addExporter(exporter: ResilienceExporter): () => Promise<void> {
    if (!this.telemetry.isCounting && !this.telemetry.isBare)
      throw new ResilienceConfigurationError([
        { path: 'telemetry', expected: 'options, as there is an exporter', got: false },
      ]);
    return this.exporters.start(exporter);
  }
}
