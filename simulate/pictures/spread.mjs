import { JITTERS, MAX_DELAY, RETRIES } from '../experiments/spread.mjs';
import { page, shape } from '../svg/page.mjs';
import { frame, legend, linear, logarithmic } from '../svg/plot.mjs';

const WIDTH = 860;
const LOWEST = 10;
const Y_TICKS = [
  [10, '10 ms'],
  [100, '0.1 s'],
  [1000, '1 s'],
  [10_000, '10 s'],
];

export const nameOf = (jitter) => (typeof jitter === 'number' ? `jitter: ${jitter}` : `jitter: '${jitter}'`);

function panel(index, waits) {
  const left = 62 + index * 160;
  const box = { left, right: left + 142, top: 106, bottom: 330 };
  const x = linear([0.4, RETRIES + 0.6], [box.left, box.right]);
  const y = logarithmic([LOWEST, MAX_DELAY * 1.2], [box.bottom, box.top]);
  const marks = waits.flatMap((wait, retry) => quantileMarks(x(retry + 1), y, wait, index));
  const yTicks = Y_TICKS.map(([value, label]) => [value, index === 0 ? label : '']);
  const xTicks = waits.map((_, retry) => [retry + 1, String(retry + 1)]);
  const xLabel = index === 2 ? 'which retry' : '';
  return [frame({ box, title: nameOf(JITTERS[index]), x, y, xTicks, yTicks, xLabel }), marks];
}

function quantileMarks(x, y, { p5, p25, p50, p75, p95 }, series) {
  return [
    shape('line', { x1: x, x2: x, y1: y(p95), y2: y(p5), class: `s${series}`, 'stroke-width': 2 }),
    shape('rect', {
      ...{ x: x - 4, y: y(p75), width: 8, height: Math.max(1, y(p25) - y(p75)) },
      class: `f${series}`,
    }),
    shape('circle', { cx: x, cy: y(p50), r: 3, class: `hollow s${series}`, 'stroke-width': 1.5 }),
  ];
}

const thin = (x, y) => shape('line', { x1: x, x2: x + 20, y1: y, y2: y, class: 's4', 'stroke-width': 2 });
const thick = (x, y) => shape('rect', { x, y: y - 4, width: 20, height: 8, class: 'f4' });
const dot = (x, y) => shape('circle', { cx: x + 12, cy: y, r: 3, class: 'hollow s4', 'stroke-width': 1.5 });

export function drawSpread(spreads) {
  const title = 'How long callers wait before each retry, by jitter';
  const description =
    'Without jitter all callers wait the same time; with full jitter from nothing to the full wait; with equal jitter at least half of it; decorrelated jitter grows from the wait before; a ratio spreads a little.';
  return page(
    { width: WIDTH, height: 384, title, description },
    legend(62, 54, [
      { swatch: thin, words: 'nine in ten waits', width: 150 },
      { swatch: thick, words: 'half of them', width: 125 },
      { swatch: dot, words: 'the middle one', width: 140 },
    ]),
    spreads.map((waits, index) => panel(index, waits)),
  );
}
