import { percent, section, whole } from '../report.mjs';

/** How many connections the pool of this client has. */
export const POOL_SIZE = 50;

export const run = (inChild) => inChild('endurance');

/** Bytes that a call leaves behind: how the memory in use rises after the first part, by least squares. */
export function bytesLeft({ heaps }) {
  const points = heaps.map(({ calls, used }) => [calls, used]).slice(1);
  const mean = (column) => points.reduce((sum, point) => sum + point[column], 0) / points.length;
  const [calls, used] = [mean(0), mean(1)];
  const sum = (of) => points.reduce((total, point) => total + of(point), 0);
  return sum(([x, y]) => (x - calls) * (y - used)) / sum(([x]) => (x - calls) ** 2);
}

/** Calls that did not settle exactly once, or not in a way that the faults explain. */
export const astray = ({ made, settledOnce, unexpected, seen }) =>
  made - settledOnce + unexpected + seen.tooOften;

const megabytes = (bytes) => (bytes / 2 ** 20).toFixed(2);
const rows = (counts, total) =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([what, count]) => [what, whole(count), percent(count / total)]);

export const report = ({ heaps, seconds, seen, made, settledOnce, unexpected, outcomes }) =>
  section({
    title: 'Endurance: an upstream that fails three times in ten',
    notes: [
      `${whole(made)} calls, 80 at a time, ${seconds.toFixed(0)} s, to a server on raw sockets in another process. Retries (3, without a budget), a circuit, both timeouts.`,
      `${whole(settledOnce)} calls have settled once; ${unexpected} of them with a wrong answer, or an error that no fault explains. ${seen.tooOften} requests came more than four times.`,
      `The server saw ${whole(seen.connections)} connections, at most ${seen.mostOpen} at a time; its pool has ${POOL_SIZE}.`,
      'Memory is what the heap and buffers use after three full collections, when nothing is under way.',
    ],
    tables: [
      {
        head: ['calls made', 'MiB in use', 'MiB resident'],
        rows: heaps.map(({ calls, used, rss }) => [whole(calls), megabytes(used), megabytes(rss)]),
      },
      { head: ['what requests met', 'requests', 'share'], rows: rows(seen.met, seen.requests) },
      { head: ['how calls ended', 'calls', 'share'], rows: rows(outcomes, made) },
    ],
  });
