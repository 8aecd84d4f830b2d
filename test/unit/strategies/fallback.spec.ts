import { describe, expect, it } from '@jest/globals';
import { ResilienceEvents } from '../../../lib/events/resilience-events.js';
import { Problems } from '../../../lib/policy/problems.js';
import { Fallback } from '../../../lib/strategies/fallback/fallback.js';
import type { ResolvedFallback } from '../../../lib/strategies/fallback/fallback.options.js';
import type { WrappedCall } from '../../../lib/strategies/call-wrapper.js';
import { checkPolicy, resolveStrategy } from '../../../lib/strategies/policy.options.js';
import { ManualClock } from '../../../lib/testing/index.js';

const clock = new ManualClock();
const events = new ResilienceEvents();

function fallbackOf(fallback: unknown): Fallback {
  const problems = new Problems();
  const layer = checkPolicy({ fallback }, 'p', problems);
  problems.throwIfAny();
  const options = resolveStrategy('fallback', [layer]) as ResolvedFallback;
  return new Fallback({ name: 'pay' }, options, { clock, events });
}

/** A call of a method of an instance. */
function callOf(self: unknown, args: readonly unknown[], signal?: AbortSignal): WrappedCall {
  return { self, args, signal, usedFallback: false } as unknown as WrappedCall;
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
    expect(fallbackOf(use).recover(error, callOf(self, [1, 2]))).toEqual([self, error, 1, 2]);
    expect((fallbackOf({ use }).recover(error, callOf(self, [])) as unknown[])[0]).toBe(self);
  });

  it('is a method that is looked up on the instance, which may override it', () => {
    class Derived extends Base {
      override instead(): string {
        return 'overridden';
      }
    }
    const base = new Base();
    const instead = fallbackOf({ use: 'instead' });
    expect(instead.recover(error, callOf(base, ['a']))).toEqual([base, error, 'a']);
    expect(instead.recover(error, callOf(new Derived(), []))).toBe('overridden');
  });

  it('answers for every error, or for those that it names', () => {
    const use = () => 1;
    expect(fallbackOf(use).answers(error)).toBe(true);
    expect(fallbackOf({ use, on: RangeError }).answers(error)).toBe(true);
    expect(fallbackOf({ use, on: RangeError }).answers(new Error('x'))).toBe(false);
  });

  it('leaves the result of a call that succeeds alone, and tells where it has answered', async () => {
    const told: unknown[] = [];
    events.asObservable().subscribe((event) => told.push(event));
    const fallback = fallbackOf(() => 'instead');
    const [good, bad] = [callOf(undefined, []), callOf(undefined, [])];
    await expect(fallback.around(good, () => Promise.resolve('result'))).resolves.toBe('result');
    expect([good.usedFallback, told]).toEqual([false, []]);
    await expect(fallback.around(bad, () => Promise.reject(error))).resolves.toBe('instead');
    expect([bad.usedFallback, told]).toEqual([
      true,
      [expect.objectContaining({ type: 'fallback.used', name: 'pay', error })],
    ]);
  });

  it('answers for no error that it does not name, and for no caller who has left', async () => {
    const use = () => 'instead';
    const failing = (call: WrappedCall, on?: typeof RangeError) =>
      fallbackOf({ use, on }).around(call, () => Promise.reject(new Error('other')));
    await expect(failing(callOf(undefined, []), RangeError)).rejects.toThrow('other');
    await expect(failing(callOf(undefined, [], AbortSignal.abort()))).rejects.toThrow('other');
    await expect(failing(callOf(undefined, [AbortSignal.abort()]))).rejects.toThrow('other');
    await expect(failing(callOf(undefined, []))).resolves.toBe('instead');
  });

  it('gives the caller what it throws itself', async () => {
    const fallback = fallbackOf(() => {
      throw new SyntaxError('no answer');
    });
    const call = callOf(undefined, []);
    await expect(fallback.around(call, () => Promise.reject(error))).rejects.toThrow('no answer');
  });

  it('answers for nothing where its matcher throws, which is reported', () => {
    const fallback = fallbackOf({
      use: () => 1,
      on: () => {
        throw new Error('a bug in the matcher');
      },
    });
    expect(fallback.answers(error)).toBe(false);
    expect(() => fallback.recover(error, callOf(undefined, []))).toThrow(error);
  });

  it.each([5, ''])('is refused if it is neither: %p', (use) => {
    expect(() => fallbackOf({ use })).toThrow('a function, or the name of a method of the class');
  });
});
