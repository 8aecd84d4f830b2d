import type { ResilienceEvents } from '../events/resilience-events.js';
import type { ResilienceExporter, TelemetrySource } from './exporter.js';
import type { FamilyDetail } from './figures.js';
import type { Telemetry } from './telemetry.js';

/** The exporters of one application, from their start to its end. */
export class Exporters {
  private readonly running = new Set<() => void | Promise<void>>();

  constructor(
    private readonly telemetry: Telemetry,
    private readonly events: ResilienceEvents,
    private readonly collect: () => FamilyDetail[],
  ) {}

  /** Starts an exporter; durations are kept from now on. Returns the function that stops it. */
  start(exporter: ResilienceExporter): () => Promise<void> {
    const { telemetry, events, collect } = this;
    if (telemetry.isBare) return () => Promise.resolve();
    const source: TelemetrySource = {
      app: telemetry.app,
      events,
      collect,
      observe: (observer) => telemetry.observe(observer),
    };
    const end = exporter.start(source) ?? (() => undefined);
    telemetry.needDurations();
    const stop = () => end();
    this.running.add(stop);
    return () => this.stop(stop);
  }

  /** Stops all exporters; errors are logged. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.running].map((stop) => this.stop(stop)));
  }

  private async stop(stop: () => void | Promise<void>): Promise<void> {
    if (!this.running.delete(stop)) return;
    try {
      await stop();
    } catch (error) {
      this.events.report('The end of an exporter', error);
    }
  }
}
