import { expect, it } from '@jest/globals';
import { moveTo } from '../../../../../lib/http/client/call/move-to.js';

type Attempt = Parameters<typeof moveTo>[1];

const next = { origin: 'https://other.test' } as Parameters<typeof moveTo>[0];

function moved(isAborted: boolean) {
  const taken: unknown[] = [];
  const slots = { forKey: (origin: string) => origin } as never;
  const attempt = {
    isAborted,
    signal: { reason: 'too late' },
    slot: { goTo: (place: unknown) => void taken.push(place) },
    moveTo: (key: string) => void taken.push(`circuit of ${key}`),
  } as unknown as Attempt;
  return {
    taken,
    done: moveTo(next, attempt, { slots, figures: () => undefined, keyOf: ({ origin }) => origin }),
  };
}

it('an attempt goes on with a slot and the circuit of the next origin', async () => {
  const { taken, done } = moved(false);
  await done;
  expect(taken).toEqual(['https://other.test', 'circuit of https://other.test']);
});

it('an attempt that is over takes no slot, which nothing would give back', async () => {
  const { taken, done } = moved(true);
  await expect(done).rejects.toBe('too late');
  expect(taken).toEqual([]);
});
