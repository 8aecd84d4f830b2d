import { table } from '../../simulate/markdown.mjs';

const HEAD = ['behaviour', 'fetch', 'ours', 'reason'];

/** The tables of docs/fetch.md, from the behaviours that the tests ask of both functions, by what they are about. */
export function fetchTables(behaviours) {
  return Object.entries(behaviours)
    .map(([area, rows]) => `### ${area}\n\n${table([HEAD, ...rows.map(rowOf)])}`)
    .join('\n\n');
}

function rowOf({ name, differs }) {
  const cells = differs ? [differs.fetch, differs.ours, differs.reason] : ['–', 'the same', ''];
  return [name, ...cells].map((cell) => cell.replaceAll('|', '\\|'));
}
