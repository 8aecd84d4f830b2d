import type { MeterProvider } from '@opentelemetry/api';
import { systemClock } from '../clock/system-clock.js';
import { VERSION } from '../http/user-agent.js';
import { sharedByCopies } from '../nest/package-copy.js';
import { ApplicationSums } from '../telemetry/metrics/application-sums.js';
import { metricTable } from '../telemetry/metrics/metric-table.js';
import type { MeterExport } from './meter-export.js';

/** Name and version of the instrumentation scope of all metrics and spans. */
export const SCOPE = { name: 'nestjs-breakwater', version: VERSION };

/** All that the applications of a process export together. */
interface ProcessExports {
  /** The sums of all applications that have the exporter, wherever it exports to; for producers of histograms. */
  readonly histograms: ApplicationSums;
  readonly meters: WeakMap<MeterProvider, MeterExport>;
  /** Epoch milliseconds at which counting may have begun. */
  readonly startedAt: number;
}

/** One for all copies of the package: the file that sets an SDK up may load another copy than the application. */
export const processExports = sharedByCopies(`opentelemetry@${VERSION}`, (): ProcessExports => ({
  histograms: new ApplicationSums(metricTable.filter(({ kind }) => kind === 'histogram')),
  meters: new WeakMap(),
  startedAt: systemClock.wallNow(),
}));
