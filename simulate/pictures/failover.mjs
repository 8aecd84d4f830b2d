import { DURATION, EVERY, OUTAGE } from '../experiments/failover.mjs';
import { page, shape, text } from '../svg/page.mjs';
import { frame, legend, linear } from '../svg/plot.mjs';

const WIDTH = 760;
const X = [70, WIDTH - 24];
const SLOT = 1000;
const MOST = SLOT / EVERY;
const x = linear([0, DURATION], X);

/** Attempts per second at one endpoint: those that were answered, and above them those that found no connection. */
function panel(top, title, attempts) {
  const box = { left: X[0], right: X[1], top, bottom: top + 110 };
  const y = linear([0, MOST], [box.bottom, top]);
  const bars = Array.from({ length: DURATION / SLOT }, (_, slot) => {
    const here = attempts.filter(({ at }) => Math.floor(at / SLOT) === slot);
    const failed = here.filter((attempt) => attempt.failed).length;
    const answered = here.length - failed;
    return [bar(y, slot, 0, answered, 'f0'), bar(y, slot, answered, here.length, 'f1')];
  });
  return [
    frame({
      ...{ box, title, x, y, yLabel: 'attempts per second' },
      xTicks: [0, 10, 20, 30, 40, 50, 60].map((second) => [second * 1000, `${second} s`]),
      yTicks: [0, 5, 10].map((value) => [value, String(value)]),
    }),
    bars,
  ];
}

function bar(y, slot, from, to, colour) {
  if (to === from) return [];
  const left = x(slot * SLOT) + 1;
  const width = x(SLOT) - x(0) - 2;
  return shape('rect', { x: left, y: y(to), width, height: y(from) - y(to), class: colour });
}

/** The times in which the circuit of the first endpoint keeps calls away. */
function openTimes(states) {
  const spans = [];
  for (const { at, to } of states) {
    const last = spans.at(-1);
    if (last && last.until === undefined) last.until = at;
    if (to === 'open') spans.push({ since: at, until: undefined });
  }
  return spans.map(({ since, until = DURATION }) => ({ since, until }));
}

const strip = (top, label, spans, colour) => [
  text(X[0] - 6, top + 10, label, { class: 'soft', 'text-anchor': 'end' }),
  spans.map(({ since, until }) =>
    shape('rect', { x: x(since), y: top, width: x(until) - x(since), height: 12, class: colour }),
  ),
];

const square = (colour) => (left, y) =>
  shape('rect', { x: left + 8, y: y - 5, width: 11, height: 11, class: colour });

export function drawFailover({ attempts, states, answered }) {
  const at = (endpoint) => attempts.filter((attempt) => attempt.endpoint === endpoint);
  const failed = attempts.filter((attempt) => attempt.failed).length;
  const title = 'The first of two endpoints refuses connections for 23 seconds';
  const description = `All of ${answered} calls are answered. ${failed} attempts find no connection and move on at once; then the circuit of the first endpoint is open, and it is passed over until a trial succeeds.`;
  return page(
    { width: WIDTH, height: 440, title, description },
    legend(70, 52, [
      { swatch: square('f0'), words: 'answered', width: 110 },
      { swatch: square('f1'), words: 'no connection', width: 140 },
      { swatch: square('f4'), words: 'the first endpoint is down', width: 205 },
      { swatch: square('f3'), words: 'its circuit is open', width: 150 },
    ]),
    panel(98, `The first endpoint · ${failed} attempts without a connection`, at(0)),
    strip(240, 'down', [{ since: OUTAGE[0], until: OUTAGE[1] }], 'f4'),
    strip(258, 'open', openTimes(states), 'f3'),
    panel(306, `The second endpoint · ${answered} of ${DURATION / EVERY} calls answered in all`, at(1)),
  );
}
