import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CoarseClock } from '../../../lib/clock/coarse-clock.js';
import { RetryBudget } from '../../../lib/strategies/retry/retry-budget.js';
import { ManualClock } from '../../../lib/testing/index.js';
import { runs } from '../../support/property-runs.js';

/** How far the coarse clock may lag, with which calls are counted. */
const LAG = 50;
const ROUNDING = 1e-6;

const options = fc.record({
  ratio: fc.oneof(fc.constantFrom(0, 0.2, 0.29, 1), fc.double({ min: 0, max: 1, noNaN: true })),
  minPerSecond: fc.oneof(fc.constantFrom(0, 0.3, 1, 10), fc.double({ min: 0, max: 5, noNaN: true })),
  window: fc.constantFrom(100, 1000, 1300, 10_000),
});
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ calls: fc.integer({ min: 1, max: 20 }) }) },
  { weight: 4, arbitrary: fc.record({ retries: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 3, arbitrary: fc.record({ wait: fc.integer({ min: 1, max: 1500 }) }) },
);
const steps = fc.array(step, { maxLength: 80, size: 'max' });

/** A budget, and the raw history of what it counted and granted. */
class History {
  readonly clock = new ManualClock(1_000_000);
  readonly calls: number[] = [];
  readonly retries: number[] = [];
  readonly budget: RetryBudget;

  constructor(private readonly options: { ratio: number; minPerSecond: number; window: number }) {
    this.budget = new RetryBudget(options, this.clock, new CoarseClock(this.clock));
  }

  call(): void {
    this.budget.countCall();
    this.calls.push(this.clock.now());
  }

  retry(): boolean {
    const granted = this.budget.tryTake();
    if (granted) this.retries.push(this.clock.now());
    return granted;
  }

  /** What calls in the span (from, to] allow. */
  allowance(from: number, to: number): number {
    const { ratio, minPerSecond, window } = this.options;
    return ratio * this.within(this.calls, from, to) + (minPerSecond * window) / 1000;
  }

  within(moments: readonly number[], from: number, to: number): number {
    return moments.filter((at) => at > from && at <= to).length;
  }
}

async function replay(
  history: History,
  told: { calls?: number; retries?: number; wait?: number }[],
  onRetry: (granted: boolean) => void,
): Promise<void> {
  for (const { calls = 0, retries = 0, wait = 0 } of told) {
    for (let n = 0; n < calls; n++) history.call();
    for (let n = 0; n < retries; n++) onRetry(history.retry());
    await history.clock.advance(wait);
  }
}

describe('the retry budget', () => {
  it('grants no retry that would be more than its share of the calls in the window', async () => {
    await fc.assert(
      fc.asyncProperty(options, steps, async (chosen, told) => {
        const history = new History(chosen);
        await replay(history, told, (granted) => {
          const now = history.clock.now();
          const retries = history.within(history.retries, now - chosen.window, now);
          if (granted)
            expect(retries).toBeLessThanOrEqual(history.allowance(now - chosen.window, now) + ROUNDING);
        });
      }),
      runs(300),
    );
  });

  it('keeps the retries of any window, wherever it begins, within what the calls before them allow', async () => {
    await fc.assert(
      fc.asyncProperty(
        options,
        steps,
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (chosen, told, at) => {
          const history = new History(chosen);
          const begin = history.clock.now();
          await replay(history, told, () => undefined);
          const end = begin + at * (history.clock.now() - begin);
          const retries = history.within(history.retries, end - chosen.window, end);
          const last = Math.max(...history.retries.filter((moment) => moment <= end));
          if (retries > 0)
            expect(retries).toBeLessThanOrEqual(history.allowance(last - chosen.window, last) + ROUNDING);
        },
      ),
      runs(300),
    );
  });

  it('is not stricter than a tenth of its window asks for', async () => {
    let mustGrant = 0;
    await fc.assert(
      fc.asyncProperty(options, steps, async (chosen, told) => {
        const history = new History(chosen);
        await replay(history, told, (granted) => {
          const now = history.clock.now();
          const tenth = chosen.window / 10;
          // the calls that are surely still counted, and the retries that may still be
          const allowed = history.allowance(now - chosen.window + tenth + LAG, now);
          const taken = history.within(history.retries, now - chosen.window - tenth, now);
          if (granted || taken + 1 > allowed) return;
          mustGrant++;
          expect({ granted, taken, allowed }).toMatchObject({ granted: true });
        });
      }),
      runs(300),
    );
    expect(mustGrant).toBe(0);
  });

  it('gives a quiet service its reserve, and no more until the window has passed', async () => {
    const history = new History({ ratio: 0, minPerSecond: 1, window: 3000 });
    expect([history.retry(), history.retry(), history.retry(), history.retry()]).toEqual([
      true,
      true,
      true,
      false,
    ]);
    await history.clock.advance(2999);
    expect(history.retry()).toBe(false);
    await history.clock.advance(1);
    expect([history.retry(), history.retry(), history.retry(), history.retry()]).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  it('gives its exact share although ratio · calls is a hair less in binary', () => {
    const history = new History({ ratio: 0.29, minPerSecond: 0, window: 10_000 });
    for (let n = 0; n < 100; n++) history.call();
    const granted = Array.from({ length: 40 }, () => history.retry()).filter(Boolean);
    expect(granted).toHaveLength(29);
  });

  it('forgets the calls of a window that has passed', async () => {
    const history = new History({ ratio: 1, minPerSecond: 0, window: 1000 });
    history.call();
    await history.clock.advance(999);
    expect(history.retry()).toBe(true);
    history.call();
    await history.clock.advance(1000);
    expect(history.retry()).toBe(false);
  });

  it.each([901, 951])(
    'counts no call of a window that has passed for a retry that has not: %d ms later',
    async (wait) => {
      const history = new History({ ratio: 1, minPerSecond: 0, window: 1000 });
      history.call();
      history.call();
      await history.clock.advance(99);
      expect(history.retry()).toBe(true);
      await history.clock.advance(wait);
      expect(history.retry()).toBe(false);
    },
  );

  it('remembers a retry for its whole window although the calls beside it have left', async () => {
    const history = new History({ ratio: 0, minPerSecond: 1, window: 1000 });
    history.call();
    await history.clock.advance(99);
    expect(history.retry()).toBe(true);
    await history.clock.advance(951);
    expect(history.retry()).toBe(false);
  });

  it('lets a steady trickle of retries go on forever', async () => {
    const history = new History({ ratio: 0, minPerSecond: 3, window: 1000 });
    for (let n = 0; n < 20; n++) {
      expect(history.retry()).toBe(true);
      await history.clock.advance(600);
    }
  });

  it('keeps a bounded history, however long and busy it has been', async () => {
    const history = new History({ ratio: 1, minPerSecond: 100, window: 1000 });
    const kept = () => (history.budget as unknown as { buckets: unknown[] }).buckets.length;
    for (let n = 0; n < 100; n++) {
      history.call();
      history.retry();
    }
    expect(kept()).toBe(1);
    for (let step = 0; step < 200; step++) {
      await history.clock.advance(70);
      if (step % 3 > 0) history.call();
      if (step % 5 > 2) history.retry();
    }
    expect(kept()).toBeLessThanOrEqual(21);
    await history.clock.advance(5000);
    history.retry();
    expect(kept()).toBe(1);
  });

  it('goes on under other options with what it has counted', async () => {
    const clock = new ManualClock();
    const budget = new RetryBudget(
      { ratio: 0, minPerSecond: 1, window: 1000 },
      clock,
      new CoarseClock(clock),
    );
    for (let count = 0; count < 10; count++) budget.countCall();
    expect([budget.tryTake(), budget.tryTake()]).toEqual([true, false]);
    budget.reconfigure({ ratio: 0.2, minPerSecond: 1, window: 2000 });
    expect([1, 2, 3, 4].map(() => budget.tryTake())).toEqual([true, true, true, false]);
    await clock.advance(1500);
    budget.countCall();
    expect(budget.tryTake()).toBe(false);
    budget.reconfigure({ ratio: 0.2, minPerSecond: 1, window: 1000 });
    expect([budget.tryTake(), budget.tryTake()]).toEqual([true, false]);
  });
});
