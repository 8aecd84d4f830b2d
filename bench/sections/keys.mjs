import { section, timings, whole } from '../report.mjs';

const COUNTS = [1, 1000, 100_000];

export async function run(inChild) {
  const byCount = {};
  for (const count of COUNTS) byCount[count] = await inChild('keys', count);
  return byCount;
}

export const report = (byCount) =>
  section({
    title: '1 to 100 000 keys',
    notes: [
      'Success path of a circuit per key, in a random order of keys. At 100 000 keys it is the memory that answers slowly, for a hand-written `Map` too.',
      'This library keeps its keyed circuits bounded, in the order of use; the maps of the others grow for ever.',
    ],
    tables: COUNTS.map((count) =>
      timings(byCount[count], {
        caption: `${whole(count)} ${count === 1 ? 'key' : 'keys'}`,
        references: { '× bare': 'bare call', '× hand-written': 'hand-written, in a Map' },
      }),
    ),
  });
