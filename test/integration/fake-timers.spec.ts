import { expect, it } from '@jest/globals';
import { runChild } from '../support/child/run-child.js';

const round = {
  retry: ['waits', 'done'],
  timeout: ['waits', 'RESILIENCE_TIMEOUT'],
  rate: ['waits', 'done'],
  circuit: ['RESILIENCE_CIRCUIT_OPEN', 'RESILIENCE_CIRCUIT_OPEN', 'done'],
  takenOff: ['done', 'done'],
};
/** Nothing tells how far the fake clock was advanced where only `setTimeout` is fake and no call waits. */
const unseen = { ...round, circuit: Array(3).fill('RESILIENCE_CIRCUIT_OPEN') };

it.each([
  ['sinon', [round, round]],
  ['vitest 2', [round, round]],
  ['node:test', [round, round]],
  ['node:test, setTimeout only', [unseen, unseen]],
])(
  'under the fake timers of %s, on and off, and on and off again, waits last as long as advanced',
  async (kind, rounds) => {
    const { said, code } = await runChild('fake-timers', {
      flags: ['--disable-warning=ExperimentalWarning'],
      args: [kind],
    });
    expect(JSON.parse(said)).toEqual(rounds);
    expect(code).toBe(0);
  },
);
