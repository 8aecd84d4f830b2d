/** The data source that the variable of the dashboard chooses. */
export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/** Queries of a panel: [expression, legend] each; `more` goes to every target. */
const targetsOf = (queries, more) =>
  queries.map(([expr, legendFormat], index) => ({
    ...{ refId: String.fromCharCode(65 + index), datasource: DATASOURCE, editorMode: 'code' },
    ...{ expr, legendFormat, range: true, ...more },
  }));

function panel(type, { title, description, width, height, queries, target }, { defaults, ...rest }) {
  return {
    ...{ type, title, description, datasource: DATASOURCE, width, height },
    targets: targetsOf(queries, target),
    fieldConfig: { defaults, overrides: rest.overrides ?? [] },
    options: rest.options,
    ...(rest.transformations && { transformations: rest.transformations }),
  };
}

/** Colours from a value on; the first one holds below all of them. */
export const steps = (first, ...others) => ({
  mode: 'absolute',
  steps: [{ color: first, value: null }, ...others.map(([value, color]) => ({ color, value }))],
});

/** Green from 99 %, red below 95 %. */
export const SUCCESS = steps('red', [0.95, 'orange'], [0.99, 'green']);

/** One number of this moment. */
export function stat({ unit, thresholds, decimals, ...rest }) {
  return panel(
    'stat',
    { width: 4, height: 4, ...rest },
    {
      defaults: {
        unit,
        decimals,
        thresholds,
        color: { mode: thresholds ? 'thresholds' : 'fixed' },
        noValue: '–',
      },
      options: {
        ...{
          colorMode: 'value',
          graphMode: 'area',
          justifyMode: 'auto',
          orientation: 'auto',
          textMode: 'auto',
        },
        reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      },
    },
  );
}

/** Lines over time; `stack` piles them up, `bars` draws what came in each step. */
export function graph({ unit, isFromZero = true, max, stack = false, bars = false, ...rest }) {
  return panel(
    'timeseries',
    { width: 12, height: 8, ...rest },
    {
      defaults: {
        ...{ unit, min: isFromZero ? 0 : undefined, max, color: { mode: 'palette-classic' } },
        custom: {
          ...{ drawStyle: bars ? 'bars' : 'line', lineWidth: 1, showPoints: 'never', spanNulls: false },
          ...{ fillOpacity: bars ? 80 : stack ? 30 : 5 },
          stacking: { group: 'A', mode: stack ? 'normal' : 'none' },
        },
      },
      options: {
        legend: {
          calcs: ['lastNotNull', 'max'],
          displayMode: 'table',
          placement: 'bottom',
          showLegend: true,
        },
        tooltip: { mode: 'multi', sort: 'desc' },
      },
    },
  );
}

/** A band per series, coloured and worded by its value. */
export function timeline({ states, ...rest }) {
  const options = Object.fromEntries(
    states.map(([text, color], index) => [String(index + 1), { text, color, index }]),
  );
  return panel(
    'state-timeline',
    { width: 24, height: 10, ...rest },
    {
      defaults: {
        ...{ unit: 'none', color: { mode: 'thresholds' }, thresholds: steps('text') },
        mappings: [{ type: 'value', options }],
        custom: { fillOpacity: 80, lineWidth: 0, spanNulls: false },
      },
      options: {
        ...{ mergeValues: true, rowHeight: 0.9, showValue: 'auto', alignValue: 'left' },
        legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
        tooltip: { mode: 'single', sort: 'none' },
      },
    },
  );
}

/** The distribution of a histogram over time; the query gives its buckets by `le`. */
export function heatmap({ unit, ...rest }) {
  return panel(
    'heatmap',
    { width: 12, height: 8, target: { format: 'heatmap' }, ...rest },
    {
      defaults: { unit, custom: { scaleDistribution: { type: 'linear' } } },
      options: {
        ...{ calculate: false, cellGap: 1, legend: { show: true }, rowsFrame: { layout: 'auto' } },
        color: {
          mode: 'scheme',
          scheme: 'Blues',
          steps: 64,
          exponent: 0.5,
          fill: 'dark-blue',
          reverse: false,
        },
        ...{
          yAxis: { axisPlacement: 'left', unit },
          filterValues: { le: 1e-9 },
          exemplars: { color: 'orange' },
        },
        tooltip: { mode: 'single', showColorScale: true, yHistogram: false },
      },
    },
  );
}

/** One row per family: each column is [title, expression, unit, thresholds]. */
export function table({ columns, ...rest }) {
  const titles = columns.map(([title], index) => [`Value #${String.fromCharCode(65 + index)}`, title]);
  return panel(
    'table',
    {
      ...{ width: 24, height: 9, queries: columns.map(([title, expr]) => [expr, title]) },
      ...{ target: { format: 'table', instant: true, range: false }, ...rest },
    },
    {
      defaults: { unit: 'none', noValue: '–', custom: { align: 'auto', filterable: true } },
      overrides: columns.map(([title, , unit, thresholds]) => ({
        matcher: { id: 'byName', options: title },
        properties: [
          { id: 'unit', value: unit },
          ...(thresholds
            ? [
                { id: 'thresholds', value: thresholds },
                { id: 'custom.cellOptions', value: { type: 'color-text' } },
              ]
            : []),
        ],
      })),
      options: {
        showHeader: true,
        cellHeight: 'sm',
        sortBy: [{ displayName: 'Effective success', desc: false }],
      },
      transformations: [
        { id: 'merge', options: {} },
        {
          id: 'organize',
          options: {
            excludeByName: { Time: true },
            renameByName: { breakwater_name: 'Name', ...Object.fromEntries(titles) },
          },
        },
      ],
    },
  );
}
