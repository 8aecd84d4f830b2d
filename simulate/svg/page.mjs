/** One picture that reads well on a light and on a dark page: colours are classes, a media query swaps them. */

const LIGHT = {
  page: '#ffffff',
  ink: '#1f2328',
  soft: '#59636e',
  grid: '#d9dee4',
  series: ['#0969da', '#bc4c00', '#1a7f37', '#8250df', '#6e7781'],
};
const DARK = {
  page: '#0d1117',
  ink: '#f0f6fc',
  soft: '#9da7b3',
  grid: '#30363d',
  series: ['#58a6ff', '#f0883e', '#3fb950', '#bc8cff', '#a5aeb8'],
};
const FONT = '-apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", Arial, sans-serif';

function colours({ page, ink, soft, grid, series }) {
  const fixed = `.page{fill:${page}}.ink{fill:${ink}}.soft{fill:${soft}}.grid{stroke:${grid}}.axis{stroke:${soft}}`;
  const own = series.map((colour, index) => `.f${index}{fill:${colour}}.s${index}{stroke:${colour}}`);
  return fixed + own.join('') + `.hollow{fill:${page}}`;
}

const escape = (words) => words.replace(/&/g, '&amp;').replace(/</g, '&lt;');

/** A coordinate with one decimal at most, the same on every machine. */
export const round = (value) => String(Math.round(value * 10) / 10 || 0);

function attributesOf(attributes) {
  return Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${typeof value === 'number' ? round(value) : value}"`)
    .join('');
}

/** One element without content. */
export const shape = (name, attributes) => `<${name}${attributesOf(attributes)}/>`;

/** A text; `of` takes `class`, `text-anchor`, `font-size` and the like. */
export function text(x, y, words, of = {}) {
  return `<text${attributesOf({ x, y, class: 'ink', ...of })}>${escape(words)}</text>`;
}

/** The whole file. */
export function page({ width, height, title, description }, ...body) {
  const style = `text{font-family:${FONT};font-size:12px}.title{font-size:15px;font-weight:600}.line{fill:none;stroke-width:2}${colours(LIGHT)}@media(prefers-color-scheme:dark){${colours(DARK)}}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title description">`,
    `<title id="title">${escape(title)}</title>`,
    `<desc id="description">${escape(description)}</desc>`,
    `<style>${style}</style>`,
    shape('rect', { class: 'page', width, height, rx: 6 }),
    text(20, 28, title, { class: 'ink title' }),
    ...body.flat(Infinity),
    '</svg>\n',
  ].join('\n');
}
