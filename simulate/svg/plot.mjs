import { round, shape, text } from './page.mjs';

/** Maps a range of values to a range of pixels. */
export function linear([low, high], [from, to]) {
  return (value) => from + ((value - low) / (high - low)) * (to - from);
}

/** The same by orders of magnitude; what is below the range stands at its edge. */
export function logarithmic([low, high], pixels) {
  const scale = linear([Math.log10(low), Math.log10(high)], pixels);
  return (value) => scale(Math.log10(Math.max(low, value)));
}

/** The frame of one chart: title, grid and labelled axes. `x` and `y` are scales, ticks are [value, label]. */
export function frame({ box, title, x, y, xTicks, yTicks, xLabel, yLabel }) {
  const { left, top, right, bottom } = box;
  const rows = yTicks.flatMap(([value, label]) => [
    shape('line', { class: 'grid', x1: left, x2: right, y1: y(value), y2: y(value) }),
    text(left - 6, y(value) + 4, label, { class: 'soft', 'text-anchor': 'end' }),
  ]);
  const columns = xTicks.map(([value, label]) =>
    text(x(value), bottom + 17, label, { class: 'soft', 'text-anchor': 'middle' }),
  );
  return [
    text(left, top - 12, title, { 'font-weight': 600 }),
    rows,
    shape('line', { class: 'axis', x1: left, x2: right, y1: bottom, y2: bottom }),
    columns,
    xLabel ? text((left + right) / 2, bottom + 35, xLabel, { class: 'soft', 'text-anchor': 'middle' }) : [],
    yLabel ? text(right, top - 12, yLabel, { class: 'soft', 'text-anchor': 'end' }) : [],
  ];
}

/** A line through points in pixels. */
export function line(points, attributes) {
  const path = points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`).join('');
  return shape('path', { d: path, ...attributes });
}

/** Labels beside the ends of lines, moved apart where they would touch. */
export function endLabels(x, labels, gap = 15) {
  const sorted = [...labels].sort((a, b) => a.y - b.y);
  sorted.forEach((label, index) => {
    const above = sorted[index - 1];
    label.at = above ? Math.max(label.y, above.at + gap) : label.y;
  });
  return sorted.map(({ at, words, series }) => text(x, at + 4, words, { class: `f${series}` }));
}

/** What a mark means: a swatch and its words, from left to right. */
export function legend(x, y, entries) {
  let left = x;
  return entries.map(({ swatch, words, width }) => {
    const drawn = [swatch(left, y), text(left + 26, y + 4, words, { class: 'soft' })];
    left += width;
    return drawn;
  });
}
