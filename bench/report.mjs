import { format, resolveConfig } from 'prettier';
import { fileURLToPath } from 'node:url';
import { median, quantile, ratio } from './measure.mjs';

export const RESULTS = fileURLToPath(new URL('RESULTS.md', import.meta.url));

/** Aligned, and the way `npm run format:check` wants it. */
export async function tidy(markdown) {
  return format(markdown, { ...(await resolveConfig(RESULTS)), filepath: RESULTS });
}

/** A heading, what is to be known, and tables. */
export function section({ title, notes = [], tables }) {
  return [`## ${title}`, ...notes.map((note) => `- ${note}`), '', ...tables.map(table)].join('\n');
}

function table({ caption, head, rows }) {
  const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return [caption ? `${caption}:\n` : '', line(head), line(rule), ...rows.map(line), ''].join('\n');
}

/**
 * A table of timings: the median, the middle half of the rounds, and ratios to some of the cases.
 *
 * @param references names of the cases in the columns, by heading
 * @param more further columns: heading and what stands in a case's row
 */
export function timings(results, { caption, references, more = {} }) {
  const head = ['', 'ns', 'middle half', ...Object.keys(references), ...Object.keys(more)];
  const others = Object.values(references).map((name) => find(results, name));
  const rows = results.map((one) => [
    one.name,
    number(median(one.rounds)),
    `${number(quantile(one.rounds, 0.25))}–${number(quantile(one.rounds, 0.75))}`,
    ...others.map((other) => times(ratio(one, other))),
    ...Object.values(more).map((cell) => cell(one)),
  ]);
  return { caption, head, rows };
}

export function find(results, name) {
  const found = results.find((one) => one.name === name);
  if (!found) throw new Error(`no case is called '${name}'`);
  return found;
}

/** How many times as long one takes as the other. */
export const compare = (results, one, other) => ratio(find(results, one), find(results, other));

/** Three digits that mean something. */
export function number(value) {
  if (value >= 100) return whole(value);
  return value.toFixed(value >= 10 ? 1 : 2);
}

/** Thousands are set apart. */
export const whole = (value) => value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ' ');

export const times = (value) => `${number(value)} ×`;
export const percent = (value) => `${(value * 100).toFixed(2)} %`;
