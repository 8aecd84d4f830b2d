import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { systemClock } from '../../../lib/clock/system-clock.js';
import { nextTurn } from '../../../lib/clock/turns.js';

type Fakes = Exclude<Parameters<typeof jest.useFakeTimers>[0], undefined>;

const kinds: [string, Fakes][] = [
  ['everything', {}],
  ['everything but performance.now()', { doNotFake: ['performance'] }],
  ['Date far from now', { doNotFake: ['performance'], now: Date.UTC(2040, 0, 1) }],
];

afterEach(() => void jest.useRealTimers());

describe.each(kinds)('the default clock under fake timers of %s', (_name, fakes) => {
  beforeEach(() => void jest.useFakeTimers(fakes));

  it('moves by what the test advances, and stands still otherwise', () => {
    const start = systemClock.now();
    jest.advanceTimersByTime(30_000);
    expect(systemClock.now() - start).toBe(30_000);
  });

  it('rings when the delay is over, also a delay with a fraction, and not after it was cleared', () => {
    const rang: string[] = [];
    systemClock.setTimeout(() => rang.push('whole'), 300);
    systemClock.setTimeout(() => rang.push('fraction'), 300.7);
    systemClock.clearTimeout(systemClock.setTimeout(() => rang.push('cleared'), 300));
    jest.advanceTimersByTime(299);
    expect(rang).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(rang).toEqual(['whole', 'fraction']);
  });

  it('never goes back: not when they are cleared, taken off or put on again, nor when Date is set', () => {
    const seen = [systemClock.now()];
    const look = () => void seen.push(systemClock.now());
    jest.advanceTimersByTime(50_000);
    look();
    jest.clearAllTimers();
    look();
    jest.setSystemTime(Date.UTC(2001, 0, 1));
    look();
    jest.advanceTimersByTime(1000);
    look();
    expect(seen[4]).toBe(Number(seen[0]) + 51_000);
    jest.useRealTimers();
    look();
    jest.useFakeTimers(fakes);
    look();
    jest.advanceTimersByTime(1);
    look();
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(Number(seen.at(-1)) - Number(seen[0])).toBeLessThan(100_000);
  });

  it('gives a turn of the event loop without an advance', async () => {
    let turned = false;
    await nextTurn().then(() => (turned = true));
    expect(turned).toBe(true);
  });

  it('clears a timer of Node’s that was set before, and a fake one after they were taken off', () => {
    const rang: string[] = [];
    const fake = systemClock.setTimeout(() => rang.push('fake'), 5);
    jest.useRealTimers();
    const real = systemClock.setTimeout(() => rang.push('real'), 0) as NodeJS.Timeout;
    jest.useFakeTimers(fakes);
    systemClock.clearTimeout(real);
    systemClock.clearTimeout(fake);
    jest.advanceTimersByTime(10);
    expect(rang).toEqual([]);
    expect((real as unknown as { _destroyed: boolean })._destroyed).toBe(true);
  });
});

describe('the default clock where only setTimeout is fake', () => {
  const fakes: Fakes = {
    doNotFake: ['performance', 'Date', 'hrtime', 'nextTick', 'queueMicrotask', 'setImmediate'],
  };
  beforeEach(() => void jest.useFakeTimers(fakes));

  it('has moved to the moment for which a timer was set, when it rings', () => {
    const start = systemClock.now();
    const rang: number[] = [];
    systemClock.setTimeout(() => rang.push(systemClock.now() - start), 60_000);
    jest.advanceTimersByTime(59_999);
    expect(rang).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(rang[0]).toBeGreaterThanOrEqual(60_000);
  });

  it('is not moved by a timer that rings less than a millisecond early, as Node’s do', () => {
    const lead = () => systemClock.now() - performance.now();
    const before = lead();
    for (let ring = 0; ring < 100; ring++) {
      systemClock.setTimeout(() => undefined, 0.9);
      jest.advanceTimersByTime(1);
    }
    expect(lead() - before).toBeLessThan(1);
  });
});
