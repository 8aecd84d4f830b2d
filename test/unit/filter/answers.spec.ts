import { expect, it } from '@jest/globals';
import { CircuitOpenException } from '../../../lib/exceptions/rejection.exceptions.js';
import { retryAfterSeconds } from '../../../lib/filter/answers.js';

it.each<[number | undefined, string | undefined]>([
  [1500, '2'],
  [0, '0'],
  [-1, '0'],
  [undefined, undefined],
  [Infinity, undefined],
  [NaN, undefined],
])('a Retry-After of %p milliseconds is sent as %p seconds', (retryAfter, seconds) => {
  expect(retryAfterSeconds(new CircuitOpenException({ retryAfter }))).toBe(seconds);
});
