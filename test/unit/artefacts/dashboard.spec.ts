import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { dashboard } from '../../../grafana/source/dashboard.mjs';
import type { Panel } from '../../../grafana/source/dashboard.mjs';
import { exportedMetrics } from '../../support/every-metric.js';
import type { Exposition } from '../../support/exposition.js';
import { metricsIn, wrongIn } from '../../support/promql.js';

const json = readFileSync('grafana/breakwater.json', 'utf8');
const { panels, templating, annotations } = JSON.parse(json) as ReturnType<typeof dashboard>;
const charts = panels.filter(({ type }) => type !== 'row');
const titled = charts.map((panel) => [panel.title, panel] as const);

/** What Grafana puts in the place of its own variables. */
const filledIn = (expression: string) => expression.replaceAll('$__rate_interval', '5m');

const expressions = [
  ...charts.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
  ...annotations.list.flatMap(({ name, target }) => (target ? [[name, target.expr] as const] : [])),
  ...templating.list.flatMap(({ label, query }) => {
    const selector = /^label_values\((.*), \w+\)$/.exec(typeof query === 'string' ? query : query.query)?.[1];
    return selector === undefined ? [] : [[label, selector] as const];
  }),
];

describe('grafana/breakwater.json', () => {
  let exported: Exposition;

  beforeAll(async () => {
    exported = await exportedMetrics();
  });

  it('is what `npm run grafana` makes', () => {
    expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(dashboard())));
  });

  it('has expressions for every panel, three variables and one annotation', () => {
    expect(charts.length).toBeGreaterThan(25);
    expect(expressions.length).toBeGreaterThanOrEqual(charts.length + 4);
  });

  it.each(expressions)('asks for nothing but exported names: %s', (_, expression) => {
    expect(metricsIn(filledIn(expression))).not.toEqual([]);
    expect(wrongIn(filledIn(expression), exported)).toEqual([]);
  });

  it('shows every metric that is exported', () => {
    const shown = new Set(expressions.flatMap(([, expression]) => metricsIn(filledIn(expression))));
    expect([...exported.keys()].filter((metric) => !shown.has(metric))).toEqual([
      // of the waits before retries the quantiles are enough
      'breakwater_call_retry_delay_seconds_sum',
      'breakwater_call_retry_delay_seconds_count',
    ]);
  });

  it.each(titled)('says what it shows, in what unit, and lets the user choose the data: %s', (_, panel) => {
    const { title, description, datasource, fieldConfig, targets } = panel;
    expect(title).not.toBe('');
    expect(description.length).toBeGreaterThan(20);
    expect(fieldConfig.defaults.unit).toEqual(expect.any(String));
    for (const of of [{ datasource }, ...targets])
      expect(of.datasource).toEqual({ type: 'prometheus', uid: '${datasource}' });
    for (const { expr, legendFormat } of targets) {
      expect(legendFormat).not.toBe('');
      for (const variable of ['$job', '$instance', '$name']) expect(expr).toContain(variable);
    }
  });

  it('has a place of its own for every panel, within 24 columns', () => {
    const overlaps = panels.flatMap((one, index) =>
      panels
        .slice(index + 1)
        .filter((other) => overlap(one, other))
        .map((other) => `${one.title} × ${other.title}`),
    );
    expect(overlaps).toEqual([]);
    for (const { x, w } of panels.map(({ gridPos }) => gridPos)) expect(x + w).toBeLessThanOrEqual(24);
  });

  it('numbers and names its panels once each', () => {
    const titles = panels.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
    expect(panels.map(({ id }) => id)).toEqual(panels.map((_, index) => index + 1));
  });

  it('has the schema of Grafana 11 or later', () => {
    expect(dashboard().schemaVersion).toBeGreaterThanOrEqual(39);
  });

  it('would not pass with a name that is not exported', () => {
    const wrong = 'sum by (tenant) (rate(breakwater_call_total{breakwater_outcome=~"success|lost"}[5m]))';
    const half =
      'sum by (tenant) (rate(breakwater_calls_total{breakwater_outcome=~"success|lost",key="a"}[5m]))';
    expect(wrongIn(wrong, exported)).toEqual([
      'breakwater_call_total is not exported',
      'no metric of the expression has the label tenant',
    ]);
    expect(wrongIn(half, exported)).toEqual([
      'breakwater_calls_total has no breakwater_outcome="lost"',
      'breakwater_calls_total has no label key',
      'no metric of the expression has the label tenant',
    ]);
    expect(wrongIn('sum(rate(', exported)).not.toEqual([]);
  });
});

function overlap({ gridPos: one }: Panel, { gridPos: other }: Panel): boolean {
  const isBeside = one.x + one.w <= other.x || other.x + other.w <= one.x;
  const isBelow = one.y + one.h <= other.y || other.y + other.h <= one.y;
  return !isBeside && !isBelow;
}
