import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CoarseClock } from '../../../lib/clock/coarse-clock.js';
import { RetryBudget } from '../../../lib/strategies/retry/retry-budget.js';
import { ManualClock } from '../../../lib/testing/index.js';
import { heldClock } from '../../support/held-clock.js';
import { runs } from '../../support/property-runs.js';

/** How far the coarse clock may lag, with which calls are counted, if the event loop is held up. */
const LAG = 50;
const LONGEST_BLOCK = 30;
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
  { weight: 1, arbitrary: fc.record({ block: fc.integer({ min: 1, max: LONGEST_BLOCK }) }) },
);
const steps = fc.array(step, { maxLength: 80, size: 'max' });

/** On a clock moved by hand a budget is exact; on the real one it counts by ticks where it can. */
const ways = { exactly: false, 'by ticks': true };
type Way = keyof typeof ways;

/** A budget, and the raw history of what it counted and granted. */
class History {
  readonly time = heldClock(1_000_000);
  readonly calls: number[] = [];
  readonly retries: number[] = [];
  readonly budget: RetryBudget;

  constructor(
    private readonly options: { ratio: number; minPerSecond: number; window: number },
    way: Way = 'exactly',
  ) {
    const { blocked, coarse } = this.time;
    this.budget = new RetryBudget(options, blocked, ways[way] ? coarse : new CoarseClock(blocked));
  }

  get now(): number {
    return this.time.blocked.now();
  }

  /** Lets time pass; a loop that was held up runs on from there. */
  async wait(ms: number): Promise<void> {
    await this.time.clock.advance(this.now - this.time.clock.now() + ms);
  }

  block(ms: number): void {
    this.time.held.until = this.now + ms;
  }

  call(): void {
    this.budget.countCall();
    this.calls.push(this.now);
  }

  retry(): boolean {
    const granted = this.budget.tryTake();
    if (granted) this.retries.push(this.now);
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
  told: { calls?: number; retries?: number; wait?: number; block?: number }[],
  onRetry: (granted: boolean) => void,
): Promise<void> {
  for (const { calls = 0, retries = 0, wait = 0, block = 0 } of told) {
    for (let n = 0; n < calls; n++) history.call();
    for (let n = 0; n < retries; n++) onRetry(history.retry());
    if (block > 0) history.block(block);
    if (wait > 0) await history.wait(wait);
  }
}

describe.each(Object.keys(ways) as Way[])('the retry budget, %s', (way) => {
  it('grants no retry that would be more than its share of the calls in the window', async () => {
    await fc.assert(
      fc.asyncProperty(options, steps, async (chosen, told) => {
        const history = new History(chosen, way);
        await replay(history, told, (granted) => {
          const now = history.now;
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
          const history = new History(chosen, way);
          const begin = history.now;
          await replay(history, told, () => undefined);
          const end = begin + at * (history.now - begin);
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
        const history = new History(chosen, way);
        await replay(history, told, (granted) => {
          const now = history.now;
          const tenth = chosen.window / 10;
          // the calls that are surely still counted, and the retries that may still be
          const allowed = history.allowance(now - chosen.window + tenth + LAG, now);
          const taken = history.within(history.retries, now - chosen.window - tenth - LAG, now);
          if (granted || taken + 1 > allowed) return;
          mustGrant++;
          expect({ granted, taken, allowed }).toMatchObject({ granted: true });
        });
      }),
      runs(300),
    );
    expect(mustGrant).toBe(0);
  });
});

describe('the retry budget', () => {
  it('gives a quiet service its reserve, and no more until the window has passed', async () => {
    const history = new History({ ratio: 0, minPerSecond: 1, window: 3000 });
    expect([history.retry(), history.retry(), history.retry(), history.retry()]).toEqual([
      true,
      true,
      true,
      false,
    ]);
    await history.wait(2999);
    expect(history.retry()).toBe(false);
    await history.wait(1);
    expect([history.retry(), history.retry(), history.retry(), history.retry()]).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  it('reads no clock while its reserve is enough, whenever that is', async () => {
    const history = new History({ ratio: 0.2, minPerSecond: 3, window: 1000 }, 'by ticks');
    const { held } = history.time;
    for (const time of ['at first', 'when its window has passed twice']) {
      history.call();
      const before = held.reads;
      expect([history.budget.tryTake(), history.budget.tryTake(), history.budget.tryTake()]).toEqual([
        true,
        true,
        true,
      ]);
      expect({ time, reads: held.reads - before }).toEqual({ time, reads: 0 });
      expect(history.budget.tryTake()).toBe(false);
      expect(held.reads - before).toBe(1);
      await history.wait(2000);
    }
  });

  it('by ticks, lets a retry leave when the tick has ended in which it was granted', async () => {
    const history = new History({ ratio: 0, minPerSecond: 1, window: 1000 }, 'by ticks');
    history.call();
    history.block(25);
    expect(history.budget.tryTake()).toBe(true);
    // granted at 25 or before, as far as anybody knows
    await history.wait(0);
    await history.wait(999);
    expect(history.budget.tryTake()).toBe(false);
    await history.wait(1);
    expect(history.budget.tryTake()).toBe(true);
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
    await history.wait(999);
    expect(history.retry()).toBe(true);
    history.call();
    await history.wait(1000);
    expect(history.retry()).toBe(false);
  });

  it.each([901, 951])(
    'counts no call of a window that has passed for a retry that has not: %d ms later',
    async (wait) => {
      const history = new History({ ratio: 1, minPerSecond: 0, window: 1000 });
      history.call();
      history.call();
      await history.wait(99);
      expect(history.retry()).toBe(true);
      await history.wait(wait);
      expect(history.retry()).toBe(false);
    },
  );

  it('remembers a retry for its whole window although the calls beside it have left', async () => {
    const history = new History({ ratio: 0, minPerSecond: 1, window: 1000 });
    history.call();
    await history.wait(99);
    expect(history.retry()).toBe(true);
    await history.wait(951);
    expect(history.retry()).toBe(false);
  });

  it('lets a steady trickle of retries go on forever', async () => {
    const history = new History({ ratio: 0, minPerSecond: 3, window: 1000 });
    for (let n = 0; n < 20; n++) {
      expect(history.retry()).toBe(true);
      await history.wait(600);
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
      await history.wait(70);
      if (step % 3 > 0) history.call();
      if (step % 5 > 2) history.retry();
    }
    expect(kept()).toBeLessThanOrEqual(21);
    await history.wait(5000);
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
