import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { attributesOf, metricsTable } from '../../../docs/generate/metrics-table.mjs';
import { nameOf } from '../../../lib/prometheus/samples.js';
import { metricTable } from '../../../lib/telemetry/metrics/metric-table.js';
import { fill } from '../../../simulate/markdown.mjs';
import { exportedMetrics } from '../../support/every-metric.js';
import type { Exposition } from '../../support/exposition.js';

const underscored = (name: string) => name.replaceAll('.', '_');

describe('the table of metrics in docs/observability.md', () => {
  const page = readFileSync('docs/observability.md', 'utf8');
  let metrics: Exposition;

  beforeAll(async () => {
    metrics = await exportedMetrics();
  });

  it('is what `npm run docs:metrics` makes of the table in the code', () => {
    expect(fill(page, 'metrics', metricsTable(metricTable, nameOf))).toBe(page);
  });

  it.each(metricTable.map((metric) => [metric.name, metric] as const))(
    'has the attributes of %s, and every value that occurs',
    (_, metric) => {
      const documented = attributesOf(metric);
      const suffix = metric.kind === 'histogram' ? '_count' : '';
      const exported = metrics.get(`${nameOf(metric)}${suffix}`);
      expect(exported).toBeDefined();
      for (const [label, values] of exported ?? []) {
        if (label === 'breakwater_name') continue;
        const name = Object.keys(documented).find((one) => underscored(one) === label) ?? '';
        expect(documented).toHaveProperty([name]);
        if (name.startsWith('breakwater.'))
          expect([...values].filter((value) => !documented[name].has(value))).toEqual([]);
      }
    },
  );
});
