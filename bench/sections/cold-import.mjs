import { number, section } from '../report.mjs';

export const run = (inChild) => inChild('cold-import');

/** Milliseconds that `import 'nestjs-breakwater'` takes on top of Nest's own. */
export const ownImport = ([own]) => own.subject;

export const report = (results) =>
  section({
    title: 'The first import',
    notes: [
      'Milliseconds that a new process takes to import something after reflect-metadata, @nestjs/common and @nestjs/core; medians of processes that take turns.',
    ],
    tables: [
      {
        head: ['', 'ms', 'Nest itself, ms'],
        rows: results.map(({ name, nest, subject }) => [name, number(subject), number(nest)]),
      },
    ],
  });
