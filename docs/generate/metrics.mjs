// npm run docs:metrics: writes the table of docs/observability.md from the table of metrics in the code.
import { readFileSync, writeFileSync } from 'node:fs';
import { nameOf } from '../../dist/modules/prometheus/samples.js';
import { metricTable } from '../../dist/modules/telemetry/metrics/metric-table.js';
import { fill } from '../../simulate/markdown.mjs';
import { metricsTable } from './metrics-table.mjs';

const page = new URL('../observability.md', import.meta.url);
writeFileSync(page, fill(readFileSync(page, 'utf8'), 'metrics', metricsTable(metricTable, nameOf)));
console.log('docs/observability.md');
