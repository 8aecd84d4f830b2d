import { CAPACITY, OUTAGE, SECONDS } from '../experiments/collapse.mjs';
import { page, shape, text } from '../svg/page.mjs';
import { frame, legend, line, linear } from '../svg/plot.mjs';

const WIDTH = 760;
const X = [62, WIDTH - 24];
const LINES = [
  { key: 'unlimited', series: 1, words: 'without a budget', dash: undefined, width: 150 },
  { key: 'limited', series: 0, words: 'with the default budget', dash: '6 3', width: 190 },
];

function panel({ top, height, title, key, high, step }, runs) {
  const box = { left: X[0], right: X[1], top, bottom: top + height };
  const x = linear([0, SECONDS], X);
  const y = linear([0, high], [box.bottom, top]);
  const yTicks = Array.from({ length: high / step + 1 }, (_, index) => [index * step, String(index * step)]);
  const xTicks = [0, 10, 20, 30, 40, 50, 60].map((second) => [second, `${second} s`]);
  const drawn = LINES.map(({ key: run, series, dash }) =>
    line(
      runs[run].seconds.map((second, index) => [x(index + 0.5), y(second[key])]),
      { class: `line s${series}`, 'stroke-dasharray': dash },
    ),
  );
  return [outage(box, x), frame({ box, title, x, y, xTicks, yTicks }), capacity(box, y), drawn];
}

function outage({ top, bottom }, x) {
  const [left, right] = [x(OUTAGE.from), x(OUTAGE.to)];
  return [
    shape('rect', {
      ...{ x: left, y: top, width: right - left, height: bottom - top },
      ...{ class: 'f4', 'fill-opacity': '0.18' },
    }),
    text((left + right) / 2, bottom - 10, 'outage', { class: 'soft', 'text-anchor': 'middle' }),
  ];
}

function capacity({ left, right }, y) {
  const at = y(CAPACITY);
  return shape('line', { x1: left, x2: right, y1: at, y2: at, class: 'axis', 'stroke-dasharray': '2 3' });
}

const swatch = (series, dash) => (x, y) =>
  shape('line', { x1: x, x2: x + 20, y1: y, y2: y, class: `line s${series}`, 'stroke-dasharray': dash });
const dots = (x, y) =>
  shape('line', { x1: x, x2: x + 20, y1: y, y2: y, class: 'axis', 'stroke-dasharray': '2 3' });

export function drawCollapse(runs) {
  const { unlimited, limited } = runs;
  const title = 'A ten-second outage, and what retries make of it';
  const description = `Without a budget the upstream gets ${unlimited.after.attempts} requests a second long after the outage and answers ${unlimited.after.answered} in time; with the budget it gets ${limited.after.attempts} and answers ${limited.after.answered}.`;
  return page(
    { width: WIDTH, height: 516, title, description },
    legend(62, 54, [
      ...LINES.map(({ series, dash, words, width }) => ({ swatch: swatch(series, dash), words, width })),
      { swatch: dots, words: 'what the upstream can do', width: 200 },
    ]),
    panel(
      { top: 100, height: 180, title: 'requests a second', key: 'attempts', high: 1250, step: 250 },
      runs,
    ),
    panel(
      { top: 340, height: 130, title: 'calls answered a second', key: 'answered', high: 400, step: 100 },
      runs,
    ),
  );
}
