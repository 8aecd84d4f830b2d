import type { FamilyDetail } from '../../lib/telemetry/figures.js';
import type { Metric } from '../../lib/telemetry/metrics/metric-table.js';

export declare const everyPoint: FamilyDetail;
export declare function attributesOf(metric: Metric): Record<string, Set<string>>;
export declare function metricsTable(metrics: readonly Metric[], nameOf: (metric: Metric) => string): string;
