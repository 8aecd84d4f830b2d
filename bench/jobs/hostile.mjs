import { measure } from '../measure.mjs';
import { parsers } from '../subjects/parsers.mjs';
import { LruMap } from '../../dist/modules/strategies/lru-map.js';

/** How many letters the shorter text of each pair has, about. */
const SHORT = 4096;
/** How many times as long the other one is. */
const LONGER = 16;

/** What it costs to read a text of the worst form that is known, and one that is 16 times as long. */
function texts() {
  const pairs = parsers.flatMap(({ name, read, text }) =>
    [1, LONGER].map((times) => {
      const part = text(2).length - text(1).length;
      const hostile = text(Math.ceil((SHORT * times) / part));
      return { name: `${name}, ${times}`, run: () => read(hostile) };
    }),
  );
  return measure(pairs);
}

/** What a new key costs where the states of all keys are busy, such as open circuits. */
function newKeys(counts) {
  return measure(
    counts.map((count) => {
      const map = new LruMap({ maxKeys: count, idleTtl: Infinity, mayExpire: () => false });
      let last = 0;
      const run = () => map.obtain(`tenant-${last++}`, 0, String);
      while (last < count) run();
      return { name: String(count), run };
    }),
  );
}

export default async function hostile(counts) {
  return { texts: await texts(), newKeys: await newKeys(counts) };
}
