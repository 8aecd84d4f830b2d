import { number, percent, section, whole } from '../report.mjs';

const SUBJECTS = [
  ['this library', 'library', 100_000],
  ['… failureRate, the last 100 calls', 'library, count window', 100_000],
  ['… failureRate, the last 10 s', 'library, time window', 100_000],
  ['hand-written, in a Map', 'hand-written', 100_000],
  ['cockatiel, in a Map', 'cockatiel', 20_000],
  ['opossum, in a Map', 'opossum', 10_000],
];

export async function run(inChild) {
  const results = [];
  for (const [name, job, count] of SUBJECTS) {
    results.push({ name, ...(await inChild('memory', job, count)) });
  }
  return results;
}

export const report = (results) =>
  section({
    title: 'Bytes, timers and idle CPU of keyed circuits',
    notes: [
      'Each circuit has seen one successful call. Bytes are those of the heap and of buffers outside it, after a full collection and without the keys themselves; resident is what the process grew by.',
      'Timers are those alive after the first 1 000 circuits, unreferenced ones too; this library has one for the whole application, while calls come in.',
      'Idle CPU is the share of one core that the process uses with all circuits alive and no calls.',
    ],
    tables: [
      {
        head: ['', 'circuits', 'bytes per circuit', 'resident', 'timers per circuit', 'idle CPU'],
        rows: results.map((one) => [
          one.name,
          whole(one.count),
          number(one.bytes),
          number(Math.max(0, one.resident)),
          one.timers,
          percent(one.idleCpu),
        ]),
      },
    ],
  });
