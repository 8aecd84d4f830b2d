import { OUTAGE, SECONDS } from '../experiments/outage.mjs';
import { bar, square } from '../svg/bars.mjs';
import { page, shape, text } from '../svg/page.mjs';
import { frame, legend, linear } from '../svg/plot.mjs';

const WIDTH = 760;
const X = [62, WIDTH - 24];
const HIGH = 40;

function panel(top, title, { seconds }) {
  const box = { left: X[0], right: X[1], top, bottom: top + 140 };
  const x = linear([0, SECONDS], X);
  const y = linear([0, HIGH], [box.bottom, top]);
  const bars = seconds.flatMap(({ fresh, stale, failed }, slot) => [
    bar(x, y, { slot, from: 0, to: fresh, class: 'f0' }),
    bar(x, y, { slot, from: fresh, to: fresh + stale, class: 'f2' }),
    bar(x, y, { slot, from: fresh + stale, to: fresh + stale + failed, class: 'f1' }),
  ]);
  return [
    shade(box, x),
    frame({
      ...{ box, title, x, y, yLabel: 'calls a second' },
      xTicks: [0, 10, 20, 30, 40, 50, 60].map((second) => [second, `${second} s`]),
      yTicks: [0, 10, 20, 30, 40].map((value) => [value, String(value)]),
    }),
    bars,
  ];
}

function shade({ top, bottom }, x) {
  const [left, right] = [x(OUTAGE.from), x(OUTAGE.to)];
  return [
    shape('rect', {
      ...{ x: left, y: top, width: right - left, height: bottom - top },
      ...{ class: 'f4', 'fill-opacity': '0.18' },
    }),
    text((left + right) / 2, top + 14, 'outage', { class: 'soft', 'text-anchor': 'middle' }),
  ];
}

export function drawOutage({ without, withStale }) {
  const title = 'Half a minute without the upstream, and a ttl of five seconds';
  const description = `With a ttl alone ${without.failed} calls fail; with staleIfError ${withStale.failed} do, and ${withStale.stale} get a stale answer.`;
  return page(
    { width: WIDTH, height: 492, title, description },
    legend(62, 54, [
      { swatch: square('f0'), words: 'answered', width: 110 },
      { swatch: square('f2'), words: 'answered by a stale answer', width: 200 },
      { swatch: square('f1'), words: 'failed', width: 100 },
    ]),
    panel(112, `ttl alone · ${without.failed} calls failed`, without),
    panel(314, `staleIfError: '1h' · ${withStale.failed} calls failed`, withStale),
  );
}
