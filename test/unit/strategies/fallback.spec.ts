import { describe, expect, it } from '@jest/globals';
import { Problems } from '../../../lib/policy/problems.js';
import { Fallback } from '../../../lib/strategies/fallback/fallback.js';
import type { ResolvedFallback } from '../../../lib/strategies/fallback/fallback.options.js';
import { checkPolicy, resolveStrategy } from '../../../lib/strategies/policy.options.js';

function fallbackOf(fallback: unknown): Fallback {
  const problems = new Problems();
  const layer = checkPolicy({ fallback }, 'p', problems);
  problems.throwIfAny();
  return new Fallback({ name: 'pay' }, resolveStrategy('fallback', [layer]) as ResolvedFallback);
}

class Base {
  instead(...told: unknown[]): unknown {
    return [this, ...told];
  }
}

describe('a fallback', () => {
  const error = new RangeError('down');

  it('is a function that is told the error and the arguments, on the instance', () => {
    const self = {};
    const use = function (this: unknown, ...told: unknown[]) {
      return [this, ...told];
    };
    expect(fallbackOf(use).answer(error, self, [1, 2])).toEqual([self, error, 1, 2]);
    expect((fallbackOf({ use }).answer(error, self, []) as unknown[])[0]).toBe(self);
  });

  it('is a method that is looked up on the instance, which may override it', () => {
    class Derived extends Base {
      override instead(): string {
        return 'overridden';
      }
    }
    const base = new Base();
    expect(fallbackOf({ use: 'instead' }).answer(error, base, ['a'])).toEqual([base, error, 'a']);
    expect(fallbackOf({ use: 'instead' }).answer(error, new Derived(), [])).toBe('overridden');
  });

  it('answers for every error, or for those that it names', () => {
    const use = () => 1;
    expect(fallbackOf(use).answers(error)).toBe(true);
    expect(fallbackOf({ use, on: RangeError }).answers(error)).toBe(true);
    expect(fallbackOf({ use, on: RangeError }).answers(new Error('x'))).toBe(false);
  });

  it.each([5, ''])('is refused if it is neither: %p', (use) => {
    expect(() => fallbackOf({ use })).toThrow('a function, or the name of a method of the class');
  });
});
