import { page, shape, text } from '../svg/page.mjs';

const WIDTH = 900;
const HEIGHT = 876;

/** The async contexts by their colours. */
const CALLER = 0;
const ROOT = 1;
const CALL = 2;
const ENTERED = 3;
const PLAIN = 4;

/** Half of the height and width of the mark for a place where a call may be ended. */
const MARK = 6;

const CONTEXTS = [
  [CALLER, 'on the caller’s stack', 40],
  [CALL, 'a reaction of a promise of this call', 220],
  [ENTERED, 'enters the call through an AsyncResource', 482],
  [ROOT, 'root context', 780],
];

const heads = [CALLER, ROOT, CALL, ENTERED, PLAIN].map(
  (series) =>
    `<marker id="head${series}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path class="f${series}" d="M0 0L8 4L0 8z"/></marker>`,
);

/** A step of the call: a title, and lines that say what happens. */
function step({ x, y, width, height, series, title, lines = [], dash, indent = 0 }) {
  return [
    shape('rect', {
      ...{ x, y, width, height, rx: 6, class: `hollow s${series}` },
      ...{ 'stroke-width': 1.8, 'stroke-dasharray': dash },
    }),
    text(x + 12 + indent, y + 20, title, { 'font-weight': 600 }),
    lines.map((words, index) => text(x + 12, y + 38 + index * 16, words, { class: 'soft' })),
  ];
}

/** An arrow along points; the fast path is drawn thick. */
function arrow(points, { series = PLAIN, isFast = false, dash } = {}) {
  const d = points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('');
  return shape('path', {
    ...{ d, class: `s${series}`, fill: 'none', 'stroke-width': isFast ? 3.2 : 1.5 },
    ...{ 'stroke-dasharray': dash, 'marker-end': `url(#head${series})` },
  });
}

const note = (x, y, words, anchor = 'start') => text(x, y, words, { class: 'soft', 'text-anchor': anchor });

/** A filled mark: the call may be ended here; a hollow one: the wait for a retry may be. */
function mark(x, y, isFilled) {
  const d = `M${x} ${y - MARK}L${x + MARK} ${y}L${x} ${y + MARK}L${x - MARK} ${y}z`;
  return shape('path', {
    d,
    class: isFilled ? `f${ENTERED} s${ENTERED}` : `hollow s${ENTERED}`,
    'stroke-width': 1.5,
  });
}

const contexts = CONTEXTS.map(([series, words, x]) => [
  shape('rect', { x, y: 46, width: 14, height: 14, rx: 3, class: `hollow s${series}`, 'stroke-width': 2 }),
  note(x + 21, 57.5, words),
]);

const frame = [
  shape('rect', {
    ...{ x: 20, y: 222, width: 588, height: 500, rx: 8, class: `s${PLAIN}`, fill: 'none' },
    ...{ 'stroke-width': 1.2, 'stroke-dasharray': '6 4' },
  }),
  text(34, 242, 'around the call: fallback', { 'font-weight': 600 }),
  note(34, 258, 'answers in place of a call that has failed'),
  note(34, 274, 'for good; without one, nothing stands here'),
];

const main = [
  step({
    ...{ x: 310, y: 82, width: 280, height: 46, series: CALLER, title: 'Caller' },
    lines: ['await service.charge(order)'],
  }),
  arrow(
    [
      [450, 128],
      [450, 150],
    ],
    { series: CALLER, isFast: true },
  ),
  step({
    ...{ x: 310, y: 152, width: 280, height: 46, series: CALLER, title: 'Wrapper of the method' },
    lines: ['finds the application of this instance'],
  }),
  arrow(
    [
      [450, 198],
      [450, 254],
    ],
    { series: CALLER, isFast: true },
  ),
  step({
    ...{ x: 310, y: 256, width: 280, height: 82, series: CALLER, title: 'acquire: the guards, in order' },
    lines: [
      'circuit breaker ▸ rate limit ▸ bulkhead',
      'each says permit, refusal, or wait;',
      'no body runs without all their permits',
    ],
  }),
  arrow(
    [
      [450, 338],
      [450, 374],
    ],
    { series: CALLER, isFast: true },
  ),
  note(460, 361, 'permit'),
  step({
    ...{ x: 310, y: 376, width: 280, height: 66, series: CALLER, title: 'Attempt: the body runs' },
    lines: ['the first one on the caller’s stack;', 'a hedge may start another one beside it'],
  }),
  mark(574, 392, true),
  arrow(
    [
      [450, 442],
      [450, 478],
    ],
    { series: CALL, isFast: true },
  ),
  note(460, 465, 'result or error'),
  step({
    ...{ x: 310, y: 480, width: 280, height: 66, series: CALL, title: 'The permit goes back' },
    lines: ['the guards hear how the attempt ended', 'success is over here: the fast path'],
  }),
];

const ending = [
  arrow(
    [
      [400, 546],
      [400, 578],
    ],
    { series: CALL },
  ),
  note(392, 566, 'failure', 'end'),
  step({
    ...{ x: 310, y: 580, width: 230, height: 98, series: CALL, title: 'Retry: again, and when?' },
    lines: [
      'class of the error, maxRetries,',
      'Retry-After, time left, budget, a',
      'circuit that will still be open',
    ],
  }),
  arrow(
    [
      [566, 546],
      [566, 740],
    ],
    { series: CALL, isFast: true },
  ),
  note(558, 566, 'success', 'end'),
  arrow(
    [
      [425, 678],
      [425, 740],
    ],
    { series: CALL },
  ),
  note(433, 700, 'no'),
  step({
    ...{ x: 310, y: 742, width: 280, height: 50, series: CALL, title: 'settleCall' },
    lines: ['the one end of a call: call.settled'],
  }),
  arrow(
    [
      [450, 792],
      [450, 822],
    ],
    { series: CALL, isFast: true },
  ),
  step({
    ...{
      x: 310,
      y: 824,
      width: 280,
      height: 36,
      series: CALL,
      title: 'Caller: result, or the last error itself',
    },
  }),
];

const waiting = [
  step({
    ...{ x: 40, y: 288, width: 206, height: 68, series: CALL, title: 'Wait in a queue' },
    lines: ['its turn settles a promise of it;', 'circuits are then asked again'],
  }),
  mark(230, 304, true),
  mark(212, 304, false),
  arrow([
    [310, 300],
    [248, 300],
  ]),
  note(279, 293, 'wait', 'middle'),
  arrow([
    [246, 322],
    [308, 322],
  ]),
  note(279, 338, 'turn', 'middle'),
];

const loop = [
  arrow(
    [
      [310, 640],
      [248, 640],
    ],
    { series: CALL },
  ),
  note(279, 632, 'yes', 'middle'),
  step({
    ...{ x: 40, y: 600, width: 206, height: 78, series: CALL, title: 'Pause' },
    lines: ['backoff with jitter, or the', 'server’s Retry-After;', 'onRetry is told before it'],
  }),
  mark(230, 616, true),
  mark(212, 616, false),
  arrow(
    [
      [143, 600],
      [143, 566],
    ],
    { series: CALL },
  ),
  step({
    ...{ x: 40, y: 500, width: 206, height: 64, series: CALL, title: 'beforeRetry' },
    lines: ['awaited; if it rejects, the call', 'ends with its last error'],
  }),
  mark(230, 516, true),
  mark(212, 516, false),
  arrow(
    [
      [143, 500],
      [143, 466],
    ],
    { series: CALL },
  ),
  step({
    ...{ x: 40, y: 400, width: 206, height: 64, series: CALL, title: 'Retry budget' },
    lines: ['drawn from before the pause;', 'with a beforeRetry, after that'],
  }),
  arrow(
    [
      [246, 432],
      [280, 432],
      [280, 352],
      [322, 352],
      [322, 340],
    ],
    { series: CALL },
  ),
];

const ends = [
  step({
    ...{ x: 640, y: 82, width: 240, height: 98, series: ROOT, title: 'Shared timers', dash: '4 3' },
    lines: [
      'ring in a context of no call,',
      'and continue none: they enter',
      'the context of each call, or settle',
      'a promise that it waits for',
    ],
  }),
  arrow(
    [
      [760, 180],
      [760, 374],
    ],
    { series: ROOT, dash: '4 3' },
  ),
  step({
    ...{ x: 640, y: 376, width: 240, height: 66, series: ENTERED, title: 'Time limit of the attempt' },
    lines: ['TimeoutException: an attempt that', 'has failed, and may be repeated'],
  }),
  arrow(
    [
      [640, 412],
      [592, 412],
    ],
    { series: ENTERED },
  ),
  step({
    ...{
      x: 640,
      y: 480,
      width: 240,
      height: 98,
      series: ENTERED,
      title: 'ends the wait or the attempt',
      indent: 18,
    },
    lines: [
      'total timeout',
      'the caller’s abort',
      'a stream’s consumer leaves',
      'the application’s grace is over',
    ],
  }),
  mark(658, 495.5, true),
  step({
    ...{
      x: 640,
      y: 620,
      width: 240,
      height: 84,
      series: ENTERED,
      title: 'ends the wait for a retry',
      indent: 18,
    },
    lines: ['the application begins to close:', 'the caller gets the last error,', 'running attempts go on'],
  }),
  mark(658, 635.5, false),
];

const refusal = [
  arrow([
    [590, 312],
    [622, 312],
    [622, 656],
    [542, 656],
  ]),
  note(630, 330, 'refusal'),
];

/** The life of one call: its steps, its waits, its ends, and the async context of each. */
export function drawCall() {
  const title = 'The life of one call';
  const description =
    'A call goes from its caller through the wrapper of the method to the guards, the body and the end. A failed attempt goes through a decision, a pause, beforeRetry and the budget back to the guards. Time limits, aborts and the shutdown enter the context of the call.';
  return page(
    { width: WIDTH, height: HEIGHT, title, description },
    `<defs>${heads.join('')}</defs>`,
    contexts,
    frame,
    refusal,
    main,
    ending,
    waiting,
    loop,
    ends,
    note(640, 742, 'thick lines: the fast path'),
  );
}
