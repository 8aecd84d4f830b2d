import type { Problems } from '../policy/problems.js';
import type { InputOf, ResolvedOf, Rule } from '../policy/rule.js';
import { flag, group, wholeNumber } from '../policy/rules.js';
import type { ResilienceExporter } from './exporter.js';

const EXPECTED = 'an array of exporters, each once: objects with a method start()';

/** A list of objects that can be started. */
function exporterList(): Rule<readonly ResilienceExporter[], readonly ResilienceExporter[]> {
  return {
    expected: EXPECTED,
    fallback: [],
    check(value: unknown, path: string, problems: Problems) {
      const isList = Array.isArray(value) && value.every(isExporter) && new Set(value).size === value.length;
      if (isList) return [...value] as ResilienceExporter[];
      problems.add(path, EXPECTED, value);
      return undefined;
    },
  };
}

function isExporter(value: unknown): value is ResilienceExporter {
  return (
    typeof value === 'object' && value !== null && typeof (value as ResilienceExporter).start === 'function'
  );
}

/** The table of options of `telemetry`. */
export const telemetryRules = {
  /** Where the figures go: `openTelemetry()`, `prometheus()`, or one of your own. Default: none. */
  exporters: exporterList(),
  /** Most families that have figures of their own; the calls of all others are counted as `_OTHER`. Default 500. */
  maxNames: wholeNumber({ fallback: 500, min: 1 }),
  /**
   * True if it is measured how long calls take: two readings of the clock per call. Default: true once there is an exporter or a
   * listener of `call.settled`.
   */
  durations: { ...flag({ fallback: false }), fallback: undefined } as Rule<boolean, boolean | undefined>,
};

/** Options of `telemetry`. @public */
export interface TelemetryOptions extends InputOf<typeof telemetryRules> {}

/** The options of `telemetry` with their defaults. */
export type ResolvedTelemetry = ResolvedOf<typeof telemetryRules>;

/** `telemetry: false`, or its options. */
export const telemetryRule = group<typeof telemetryRules, TelemetryOptions>(telemetryRules);
