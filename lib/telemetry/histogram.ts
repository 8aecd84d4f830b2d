import type { HistogramFigures } from './figures.js';

/** The boundaries of `http.client.request.duration` in the semantic conventions of OpenTelemetry, in milliseconds. */
const BOUNDS_MS = [5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000];

/** The same in seconds. */
export const BOUNDS_S: readonly number[] = BOUNDS_MS.map((bound) => bound / 1000);

/** The bucket of everything beyond the last boundary; the sum stands behind it. */
const LAST_BUCKET = BOUNDS_MS.length;
const SUM = LAST_BUCKET + 1;

/** Counts durations in buckets; recording one allocates nothing. */
export class Histogram {
  private readonly cells = new Float64Array(SUM + 1);

  /** Counts a duration in milliseconds. */
  record(ms: number): void {
    let bucket = 0;
    while (bucket < LAST_BUCKET && ms > BOUNDS_MS[bucket]) bucket++;
    this.cells[bucket]++;
    this.cells[SUM] += ms;
  }

  /** The figures of this moment. */
  read(): HistogramFigures {
    const counts: number[] = [];
    for (let bucket = 0; bucket < SUM; bucket++) counts.push(this.cells[bucket]);
    return { bounds: BOUNDS_S.slice(), counts, sum: this.cells[SUM] / 1000 };
  }
}

/** Adds histograms up; undefined if there are none. */
export function sumOf(histograms: readonly Readonly<HistogramFigures>[]): HistogramFigures | undefined {
  if (histograms.length === 0) return undefined;
  return {
    bounds: [...BOUNDS_S],
    counts: BOUNDS_S.concat(Infinity).map((_, bucket) =>
      histograms.reduce((sum, { counts }) => sum + counts[bucket], 0),
    ),
    sum: histograms.reduce((total, { sum }) => total + sum, 0),
  };
}
