import { compare, find, number, section, times, whole } from '../report.mjs';
import { median } from '../measure.mjs';

/** From few to as many as an outage may open: one circuit for each tenant. */
const KEYS = [1000, 50_000];
const LONGER = 16;

export const run = (inChild) => inChild('hostile', KEYS);

const names = ({ texts }) => [...new Set(texts.map(({ name }) => name.replace(/, \d+$/, '')))];
const growth = ({ texts }, name) => compare(texts, `${name}, ${LONGER}`, `${name}, 1`);

/** How many times as long the worst parser takes for a text that is 16 times as long. */
export const worstGrowth = (results) => Math.max(...names(results).map((name) => growth(results, name)));

/** How many times as long a new key takes where 50 times as many circuits are open. */
export const keyGrowth = ({ newKeys }) => compare(newKeys, String(KEYS[1]), String(KEYS[0]));

const ns = (results, name) => number(median(find(results, name).rounds));

export const report = (results) =>
  section({
    title: 'Hostile input',
    notes: [
      `Texts of about 4 096 letters, in the worst form that is known for each parser, and texts ${LONGER} times as long: linear time is ${LONGER} ×, quadratic time ${LONGER ** 2} ×.`,
      'A new key has to take the place of another one; where all are busy, such as open circuits in an outage, the map does not walk them all.',
    ],
    tables: [
      {
        caption: 'Parsers of text from outside',
        head: ['', 'ns', `ns, ${LONGER} times as long`, 'ratio'],
        rows: names(results).map((name) => [
          name,
          ns(results.texts, `${name}, 1`),
          ns(results.texts, `${name}, ${LONGER}`),
          times(growth(results, name)),
        ]),
      },
      {
        caption: 'A new key where the circuits of all keys are open',
        head: ['keys', 'ns'],
        rows: KEYS.map((count) => [whole(count), ns(results.newKeys, String(count))]),
      },
    ],
  });
