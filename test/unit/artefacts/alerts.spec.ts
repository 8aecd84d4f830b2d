import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { exportedMetrics } from '../../support/every-metric.js';
import type { Exposition } from '../../support/exposition.js';
import { metricsIn, wrongIn } from '../../support/promql.js';

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook: string };
}

const { groups } = parse(readFileSync('prometheus/breakwater.rules.yml', 'utf8')) as {
  groups: { name: string; rules: Alert[] }[];
};
const alerts = groups.flatMap(({ rules }) => rules);
const named = alerts.map((rule) => [rule.alert, rule.labels.severity, rule] as const);

describe('prometheus/breakwater.rules.yml', () => {
  let exported: Exposition;

  beforeAll(async () => {
    exported = await exportedMetrics();
  });

  it('has groups and alerts with names of their own', () => {
    expect(new Set(groups.map(({ name }) => name)).size).toBe(groups.length);
    const keys = named.map(([name, severity]) => `${name} ${severity}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(alerts.length).toBeGreaterThanOrEqual(12);
  });

  it.each(named)('asks for nothing but exported names: %s (%s)', (_, _severity, { expr }) => {
    expect(metricsIn(expr)).not.toEqual([]);
    expect(wrongIn(expr, exported)).toEqual([]);
  });

  it.each(named)('says how bad it is, what has happened, and what to do: %s (%s)', (name, severity, rule) => {
    const { summary, description, runbook } = rule.annotations;
    expect(name).toMatch(/^Breakwater[A-Z]/);
    expect(severity).toMatch(/^(critical|warning|info)$/);
    expect(rule.for ?? '0m').toMatch(/^\d+[mh]$/);
    expect(summary).toContain('{{ $labels.breakwater_name }}');
    expect(description).toContain('{{ $value');
    expect(runbook.length).toBeGreaterThan(80);
  });

  it.each(named)('keeps the labels that its texts name: %s (%s)', (_, _severity, { expr, annotations }) => {
    const used = Object.values(annotations).flatMap((text) =>
      [...text.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label),
    );
    const kept = [...expr.matchAll(/by \(([^)]*)\)/g)].map(([, labels]) => labels.split(', '));
    for (const labels of kept) expect(labels).toEqual(expect.arrayContaining(used));
  });

  it('is explained on the page about it', () => {
    const page = readFileSync('docs/observability.md', 'utf8');
    expect(alerts.filter(({ alert }) => !page.includes(`\`${alert}\``))).toEqual([]);
  });
});
