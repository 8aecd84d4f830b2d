import type { FamilyDetail } from '../figures.js';
import type { Labels, Metric } from './metric-table.js';

/** The sum of all points with the same attributes. */
export interface Series {
  readonly labels: Labels;
  readonly cells: number[];
}

/** The sums of one metric, by an identity of their attributes. */
export type SeriesMap = Map<string, Series>;

/** Further attributes of a family. */
export type Enrich = (family: { readonly name: string; readonly policy?: string }) => Labels;

/** A family with the attributes that all its points have. */
interface LabelledFamily {
  readonly family: FamilyDetail;
  readonly labels: Labels;
  /** Identity of these attributes. */
  readonly id: string;
}

/** Reads the figures of one application; further attributes are asked for once per family. */
export class ApplicationFigures {
  private readonly known = new Map<string, Omit<LabelledFamily, 'family'>>();

  constructor(
    private readonly collect: () => FamilyDetail[],
    private readonly enrich?: Enrich,
  ) {}

  read(): LabelledFamily[] {
    return this.collect().map((family) => ({ family, ...this.labelsOf(family) }));
  }

  private labelsOf({ name, policy }: FamilyDetail): Omit<LabelledFamily, 'family'> {
    const known = this.known.get(name);
    if (known) return known;
    const more = this.enrich?.({ name, ...(policy !== undefined && { policy }) });
    const labels = { ...more, 'breakwater.name': name };
    const made = { labels, id: JSON.stringify(Object.entries(labels)) };
    this.known.set(name, made);
    return made;
  }
}

/**
 * Adds the figures of several applications up. What an application has counted stays in the sums when it has closed, so that no
 * counter falls back; what it held at that time (calls under way, circuits) does not.
 */
export class ApplicationSums {
  private readonly open = new Map<object, { readonly figures: ApplicationFigures; uses: number }>();
  private readonly closed: Map<Metric, SeriesMap>;

  constructor(private readonly metrics: readonly Metric[]) {
    this.closed = new Map(metrics.map((metric) => [metric, new Map<string, Series>()]));
  }

  /** True if no application is open. */
  get isIdle(): boolean {
    return this.open.size === 0;
  }

  /** Adds an application, once however often it is given; returns the function to call when it closes. */
  add(app: object, figures: ApplicationFigures): () => void {
    const entry = this.open.get(app) ?? { figures, uses: 0 };
    entry.uses++;
    this.open.set(app, entry);
    return () => {
      if (--entry.uses > 0) return;
      this.open.delete(app);
      const last = entry.figures.read();
      for (const [metric, sums] of this.closed)
        if (metric.kind !== 'up-down-counter') addUp(metric, last, sums);
    };
  }

  /** The sums of this moment. */
  collect(): Map<Metric, SeriesMap> {
    const families = [...this.open.values()].flatMap(({ figures }) => figures.read());
    return new Map(
      this.metrics.map((metric) => [metric, addUp(metric, families, copyOf(this.closed.get(metric)))]),
    );
  }
}

function addUp(metric: Metric, families: readonly LabelledFamily[], sums: SeriesMap): SeriesMap {
  for (const { family, labels, id } of families) {
    for (const point of metric.read(family)) {
      let place = id;
      // the words and numbers of the table hold no such stroke, and the identity of the family is JSON
      for (const label in point.labels) place += `|${String(point.labels[label])}`;
      const known = sums.get(place);
      if (known) addCells(known.cells, point.cells);
      else sums.set(place, { labels: { ...labels, ...point.labels }, cells: point.cells });
    }
  }
  return sums;
}

function addCells(sums: number[], cells: readonly number[]): void {
  for (let at = 0; at < cells.length; at++) sums[at] += cells[at];
}

function copyOf(sums: SeriesMap = new Map()): SeriesMap {
  return new Map([...sums].map(([place, { labels, cells }]) => [place, { labels, cells: [...cells] }]));
}
