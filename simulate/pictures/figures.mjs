import { PHASES, SECONDS } from '../experiments/figures.mjs';
import { page, shape, text } from '../svg/page.mjs';
import { frame, legend, line, linear } from '../svg/plot.mjs';

const WIDTH = 760;
const X = [62, WIDTH - 24];
const x = linear([0, SECONDS], X);
const xTicks = [0, 15, 30, 45, 60, 75, 90, 105].map((second) => [second, `${second} s`]);

const COUNTS = [
  { words: 'calls', series: 0, width: 90, value: ({ ended }) => ended },
  { words: 'attempts', series: 1, dash: '6 3', width: 110, value: ({ attempts }) => attempts },
  {
    words: 'retries that the budget withholds',
    series: 3,
    dash: '2 3',
    width: 240,
    value: ({ withheld }) => withheld,
  },
];
const SHARES = [
  { words: 'effective: calls', series: 0, width: 150, value: ({ answered, ended }) => answered / ended },
  {
    ...{ words: 'actual: attempts, where there are any', series: 1, dash: '6 3', width: 270 },
    value: ({ succeeded, attempts }) => (attempts === 0 ? undefined : succeeded / attempts),
  },
];
const STATES = { closed: 2, halfOpen: 4, open: 1 };

/** The runs of seconds that have a value; one second alone is drawn as a dot. */
function segments(seconds, value, y) {
  const runs = [[]];
  for (const [index, second] of seconds.entries()) {
    const found = value(second);
    if (found === undefined) runs.push([]);
    else runs.at(-1).push([x(index + 0.5), y(found)]);
  }
  return runs.filter((run) => run.length > 0);
}

function curve(seconds, { value, series, dash }, y) {
  return segments(seconds, value, y).map((points) =>
    points.length === 1
      ? shape('circle', { cx: points[0][0], cy: points[0][1], r: 3, class: `f${series}` })
      : line(points, { class: `line s${series}`, 'stroke-dasharray': dash }),
  );
}

function chart({ top, height, title, high, yTicks, curves }, seconds) {
  const box = { left: X[0], right: X[1], top, bottom: top + height };
  const y = linear([0, high], [box.bottom, top]);
  return [
    PHASES.map((phase) => shade(box, phase)),
    frame({ box, title, x, y, xTicks, yTicks }),
    curves.map((one) => curve(seconds, one, y)),
  ];
}

function shade({ top, bottom }, { from, to, failing, words }) {
  const [left, right] = [x(from), x(to)];
  return [
    shape('rect', {
      ...{ x: left, y: top, width: right - left, height: bottom - top },
      ...{ class: 'f4', 'fill-opacity': failing === 1 ? '0.22' : '0.1' },
    }),
    text((left + right) / 2, bottom - 10, words, { class: 'soft', 'text-anchor': 'middle' }),
  ];
}

/** The state of the circuit, as a band of words and colours. */
function band(top, seconds) {
  const runs = [];
  for (const [index, { state }] of seconds.entries()) {
    const last = runs.at(-1);
    if (last?.state === state) last.to = index + 1;
    else runs.push({ state, from: last ? index : 0, to: index + 1 });
  }
  return [
    text(X[0], top - 12, 'circuit', { 'font-weight': 600 }),
    runs.map(({ state, from, to }) => [
      shape('rect', {
        ...{ x: x(from), y: top, width: x(to) - x(from), height: 26 },
        ...{ class: `f${STATES[state]}`, 'fill-opacity': '0.3' },
      }),
      text((x(from) + x(to)) / 2, top + 17, state, { 'text-anchor': 'middle' }),
    ]),
  ];
}

const swatch = (series, dash) => (left, y) =>
  shape('line', {
    x1: left,
    x2: left + 20,
    y1: y,
    y2: y,
    class: `line s${series}`,
    'stroke-dasharray': dash,
  });
const legendOf = (curves) =>
  curves.map(({ series, dash, words, width }) => ({ swatch: swatch(series, dash), words, width }));

export function drawFigures({ seconds, total }) {
  const { calls, retriedCalls } = total;
  const title = 'An outage in the figures of one client';
  const description = `While every fifth attempt fails, retries save ${retriedCalls.success} calls and callers see nearly nothing; in the outage the budget withholds retries until the circuit opens and refuses ${calls.rejected} calls; it closes with the first trial after the outage.`;
  const percent = [0, 0.25, 0.5, 0.75, 1].map((share) => [share, `${share * 100} %`]);
  const counts = [0, 50, 100, 150].map((count) => [count, String(count)]);
  return page(
    { width: WIDTH, height: 560, title, description },
    legend(62, 54, legendOf(SHARES)),
    chart({ top: 98, height: 150, title: 'success', high: 1, yTicks: percent, curves: SHARES }, seconds),
    legend(62, 292, legendOf(COUNTS)),
    chart({ top: 334, height: 130, title: 'a second', high: 175, yTicks: counts, curves: COUNTS }, seconds),
    band(514, seconds),
  );
}
