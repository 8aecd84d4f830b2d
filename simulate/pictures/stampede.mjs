import { LATENCY, SECONDS, SLOT, TTL } from '../experiments/stampede.mjs';
import { bar } from '../svg/bars.mjs';
import { page } from '../svg/page.mjs';
import { frame, linear } from '../svg/plot.mjs';

const WIDTH = 760;
const X = [62, WIDTH - 24];
const HIGH = 40;

function panel(top, title, { slots }) {
  const box = { left: X[0], right: X[1], top, bottom: top + 140 };
  const x = linear([0, slots.length], X);
  const y = linear([0, HIGH], [box.bottom, top]);
  const ticks = Array.from({ length: SECONDS / 2 + 1 }, (_, index) => index * 2);
  return [
    frame({
      ...{ box, title, x, y, yLabel: `requests in ${SLOT} ms` },
      xTicks: ticks.map((second) => [(second * 1000) / SLOT, `${second} s`]),
      yTicks: [0, 10, 20, 30, 40].map((value) => [value, String(value)]),
    }),
    slots.flatMap((count, slot) => bar(x, y, { slot, from: 0, to: count, gap: 1, class: 'f0' })),
  ];
}

const words = ({ requests, calls, most }) =>
  `${requests} requests for ${calls} calls, ${most === 1 ? 'one' : most} at a time`;

export function drawStampede({ alone, shared }) {
  const title = `An answer that takes ${LATENCY} ms, and is kept for ${TTL / 1000} s`;
  const description = `Without coalescing every expiry is a stampede: ${words(alone)}. With it ${words(shared)}.`;
  return page(
    { width: WIDTH, height: 452, title, description },
    panel(80, `coalesce: false · ${words(alone)}`, alone),
    panel(276, `coalesce: true · ${words(shared)}`, shared),
  );
}
