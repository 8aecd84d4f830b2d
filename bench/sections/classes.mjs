import { section, timings } from '../report.mjs';

export async function run(inChild) {
  return { one: await inChild('classes', 1), sixty: await inChild('classes', 60) };
}

const table = (caption, results) =>
  timings(results, { caption, references: { '× bare': 'bare call', '× hand-written': 'hand-written' } });

export const report = ({ one, sixty }) =>
  section({
    title: '1 and 60 decorated classes',
    notes: [
      'Success path; the calls go round the classes, which makes every call site in the library megamorphic. The bare calls go round as many classes.',
    ],
    tables: [table('1 class', one), table('60 classes', sixty)],
  });
