import { shape } from './page.mjs';

/** A bar of a chart whose x counts slots; nothing where it is empty. */
export function bar(x, y, { slot, from, to, gap = 3, ...rest }) {
  if (to === from) return [];
  const width = x(1) - x(0) - gap;
  return shape('rect', { x: x(slot) + gap / 2, y: y(to), width, height: y(from) - y(to), ...rest });
}

/** The mark of bars in a legend. */
export const square = (colour) => (x, y) =>
  shape('rect', { x: x + 8, y: y - 5, width: 11, height: 11, class: colour });
