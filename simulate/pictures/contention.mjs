import { PUBLISHED, STRATEGIES } from '../experiments/contention.mjs';
import { page, shape } from '../svg/page.mjs';
import { endLabels, frame, legend, line, linear, logarithmic } from '../svg/plot.mjs';

const WIDTH = 860;
const SERIES = { none: 4, exponential: 1, full: 0, equal: 2, decorrelated: 3 };
const HIGH = 190;
const X_TICKS = [10, 50, 100, 150, 190].map((clients) => [clients, String(clients)]);

/** @param of - which number of a result is drawn, and where the published one stands */
function panel({ box, title, y, yTicks }, results, of) {
  const x = linear([0, HIGH], [box.left, box.right]);
  const names = Object.keys(STRATEGIES);
  const lines = names.map((name) =>
    line(
      results[name].map((result) => [x(result.clients), y(result[of.key])]),
      { class: `line s${SERIES[name]}` },
    ),
  );
  const published = names.flatMap((name) =>
    PUBLISHED[name].map((row) =>
      shape('circle', {
        ...{ cx: x(row[0]), cy: y(row[of.column]), r: 3.5, 'stroke-width': 1.5 },
        class: `hollow s${SERIES[name]}`,
      }),
    ),
  );
  const labels = names.map((name) => ({
    ...{ y: y(results[name].at(-1)[of.key]), words: name, series: SERIES[name] },
  }));
  return [
    frame({ box, title, x, y, yTicks, xTicks: X_TICKS, xLabel: 'clients' }),
    lines,
    published,
    endLabels(box.right + 10, labels),
  ];
}

const stroke = (x, y) => shape('line', { x1: x, x2: x + 20, y1: y, y2: y, class: 'line s4' });
const ring = (x, y) =>
  shape('circle', { cx: x + 12, cy: y, r: 3.5, class: 'hollow s4', 'stroke-width': 1.5 });

export function drawContention(results) {
  const left = { left: 62, right: 330, top: 104, bottom: 370 };
  const right = { left: 486, right: 750, top: 104, bottom: 370 };
  const calls = linear([0, 8000], [left.bottom, left.top]);
  const time = logarithmic([300, 110_000], [right.bottom, right.top]);
  const title = 'Clients that contend for one row: what a jitter saves';
  const description =
    'Calls grow with the square of the number of clients; jitter saves more than half of them. Exponential backoff without jitter takes ten times as long as any jitter.';
  return page(
    { width: WIDTH, height: 424, title, description },
    legend(62, 54, [
      { swatch: stroke, words: "this library's retries", width: 180 },
      { swatch: ring, words: 'the public simulator of the AWS article', width: 260 },
    ]),
    panel(
      {
        box: left,
        title: 'calls in all',
        y: calls,
        yTicks: [0, 2000, 4000, 6000, 8000].map((n) => [n, `${n}`]),
      },
      results,
      { key: 'calls', column: 1 },
    ),
    panel(
      {
        ...{ box: right, title: 'until all are done', y: time },
        yTicks: [
          [300, '0.3 s'],
          [1000, '1 s'],
          [3000, '3 s'],
          [10_000, '10 s'],
          [30_000, '30 s'],
          [100_000, '100 s'],
        ],
      },
      results,
      { key: 'time', column: 2 },
    ),
  );
}
