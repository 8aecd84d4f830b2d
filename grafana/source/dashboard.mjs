import { DATASOURCE } from './panels.mjs';
import { increase } from './queries.mjs';
import { circuits } from './rows/circuits.mjs';
import { latency } from './rows/latency.mjs';
import { limits } from './rows/limits.mjs';
import { overview } from './rows/overview.mjs';
import { retries } from './rows/retries.mjs';

const ROWS = { Overview: overview, Circuits: circuits, Retries: retries, Latency: latency, Limits: limits };

/** The columns of Grafana's grid. */
const COLUMNS = 24;

/** Puts panels beside each other as long as there is room, and then below. */
function place(panels, top) {
  const placed = [];
  let [x, y, height] = [0, top, 0];
  for (const { width: w, height: h, ...panel } of panels) {
    if (x + w > COLUMNS) [x, y, height] = [0, y + height, 0];
    placed.push({ ...panel, gridPos: { x, y, w, h } });
    [x, height] = [x + w, Math.max(height, h)];
  }
  return { placed, bottom: y + height };
}

/** All panels below the titles of their rows, numbered from 1. */
function layOut() {
  const panels = [];
  let y = 0;
  for (const [title, row] of Object.entries(ROWS)) {
    const { placed, bottom } = place(row, y + 1);
    panels.push(
      { type: 'row', title, collapsed: false, panels: [], gridPos: { x: 0, y, w: COLUMNS, h: 1 } },
      ...placed,
    );
    y = bottom;
  }
  return panels.map((panel, index) => ({ id: index + 1, ...panel }));
}

/** A variable of many values; `.*` for all of them finds series that have no such label, too. */
const choice = (name, label, query) => ({
  ...{ name, label, type: 'query', datasource: DATASOURCE, definition: query },
  query: { qryType: 1, query, refId: 'PrometheusVariableQueryEditor-VariableQuery' },
  ...{
    multi: true,
    includeAll: true,
    allValue: '.*',
    refresh: 2,
    sort: 1,
    regex: '',
    hide: 0,
    skipUrlSync: false,
  },
  ...{ options: [], current: { selected: true, text: ['All'], value: ['$__all'] } },
});

/** A family without calls may have circuits, and the other way round. */
const ANY = '__name__=~"breakwater_calls_total|breakwater_circuit_count"';

const variables = [
  {
    ...{
      name: 'datasource',
      label: 'Data source',
      type: 'datasource',
      query: 'prometheus',
      refresh: 1,
      regex: '',
    },
    ...{ hide: 0, includeAll: false, multi: false, options: [], skipUrlSync: false, current: {} },
  },
  choice('job', 'Job', `label_values({${ANY}}, job)`),
  choice('instance', 'Instance', `label_values({${ANY},job=~"$job"}, instance)`),
  choice('name', 'Name', `label_values({${ANY},job=~"$job",instance=~"$instance"}, breakwater_name)`),
];

const annotations = [
  {
    ...{ builtIn: 1, name: 'Annotations & Alerts', type: 'dashboard', enable: true, hide: true },
    ...{ datasource: { type: 'grafana', uid: '-- Grafana --' }, iconColor: 'rgba(0, 211, 255, 1)' },
  },
  {
    ...{ name: 'Chaos', enable: true, iconColor: 'purple', datasource: DATASOURCE },
    ...{ titleFormat: 'Injected faults', textFormat: '{{breakwater_name}}: {{breakwater_chaos_kind}}' },
    target: {
      ...{ refId: 'Anno', interval: '1m' },
      expr: `${increase('breakwater_name, breakwater_chaos_kind', 'breakwater_chaos_injections_total')} > 0`,
    },
  },
];

/** The dashboard, as Grafana 11 and later import it. */
export function dashboard() {
  return {
    ...{ id: null, uid: 'breakwater', title: 'Breakwater', tags: ['breakwater', 'resilience', 'nestjs'] },
    description: 'Retries, circuits, limits and latency of nestjs-breakwater.',
    ...{ schemaVersion: 39, version: 1, editable: true, graphTooltip: 1, fiscalYearStartMonth: 0, links: [] },
    ...{
      refresh: '30s',
      time: { from: 'now-1h', to: 'now' },
      timepicker: {},
      timezone: 'browser',
      weekStart: '',
    },
    annotations: { list: annotations },
    templating: { list: variables },
    panels: layOut(),
  };
}
