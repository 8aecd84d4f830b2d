import { CALLERS, CAPACITY, SLOT, SLOTS } from '../experiments/herd.mjs';
import { bar, square } from '../svg/bars.mjs';
import { page, shape } from '../svg/page.mjs';
import { frame, legend, linear } from '../svg/plot.mjs';

const WIDTH = 760;
const X = [70, WIDTH - 24];

function panel(top, title, { slots }) {
  const box = { left: X[0], right: X[1], top, bottom: top + 150 };
  const x = linear([0, SLOTS], X);
  const y = linear([0, CALLERS], [box.bottom, top]);
  const bars = slots.flatMap(({ answered, refused }, slot) => [
    bar(x, y, { slot, from: 0, to: answered, class: 'f0' }),
    bar(x, y, { slot, from: answered, to: answered + refused, class: 'f1' }),
  ]);
  const capacity = { class: 'axis', x1: X[0], x2: X[1], y1: y(CAPACITY), y2: y(CAPACITY) };
  return [
    frame({
      ...{ box, title, x, y, yLabel: `requests in ${SLOT} ms` },
      xTicks: [0, 5, 10, 15, 20].map((slot) => [slot, `${(slot * SLOT) / 1000} s`]),
      yTicks: [0, 250, 500, 750, 1000].map((value) => [value, String(value)]),
    }),
    bars,
    shape('line', { ...capacity, 'stroke-dasharray': '4 3' }),
  ];
}

const dashes = (x, y) =>
  shape('line', { x1: x, x2: x + 20, y1: y, y2: y, class: 'axis', 'stroke-dasharray': '4 3' });

export function drawHerd({ none, full }) {
  const title = `${CALLERS} callers are refused together, and come back`;
  const description = `Without jitter the retries arrive in waves of up to ${none.peak} and ${none.served} callers are answered; with full jitter they spread out and ${full.served} are.`;
  return page(
    { width: WIDTH, height: 500, title, description },
    legend(70, 52, [
      { swatch: square('f0'), words: 'answered', width: 110 },
      { swatch: square('f1'), words: 'refused', width: 105 },
      { swatch: dashes, words: 'what the upstream can do', width: 200 },
    ]),
    panel(98, `jitter: 'none' · ${none.served} callers answered in the end`, none),
    panel(310, `jitter: 'full' · ${full.served} callers answered in the end`, full),
  );
}
