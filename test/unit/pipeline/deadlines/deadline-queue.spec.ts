import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import fc from 'fast-check';
import { ResilienceModule, Timeout } from 'nestjs-breakwater';
import { TICK_MS } from '../../../../lib/clock/coarse-clock.js';
import { Deadline } from '../../../../lib/pipeline/deadlines/deadline-queue.js';
import { DeadlineQueues } from '../../../../lib/pipeline/deadlines/deadline-queues.js';
import { ManualClock } from '../../../../lib/testing/index.js';
import { runs } from '../../../support/property-runs.js';

const DURATION = 1000;

class Recorded extends Deadline {
  rang: number | undefined = undefined;
  toldOfTheEnd = false;

  constructor(
    private readonly clock: ManualClock,
    readonly start = clock.now(),
  ) {
    super();
  }

  override onDeadline(): void {
    this.rang = this.clock.now();
  }

  override onShutdown(): void {
    this.toldOfTheEnd = true;
  }
}

/** A clock that counts how often it is read. */
class CountingClock extends ManualClock {
  reads = 0;

  override now(): number {
    this.reads++;
    return super.now();
  }
}

/** The queue of a duration, on a clock that is moved by hand and said to be dear to read. */
function queueOn<C extends ManualClock>(clock: C, duration = DURATION) {
  const queues = new DeadlineQueues(clock, true);
  const queue = queues.of(duration);
  const begin = () => {
    const deadline = new Recorded(clock);
    queue.insertNow(deadline);
    return deadline;
  };
  return { queues, queue, begin };
}

describe('deadlines of one duration', () => {
  it('fall due after it, and a tick later at most, unless they were cancelled', async () => {
    const pauses = fc.array(
      fc.record({
        pause: fc.integer({ min: 0, max: 40 }),
        lasts: fc.option(fc.integer({ min: 0, max: 1200 })),
      }),
      { minLength: 1, maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(pauses, async (calls) => {
        const clock = new ManualClock();
        const { begin } = queueOn(clock);
        const begun: { deadline: Recorded; lasts: number | null }[] = [];
        for (const { pause, lasts } of calls) {
          await clock.advance(pause);
          const deadline = begin();
          begun.push({ deadline, lasts });
          if (lasts !== null) clock.setTimeout(() => deadline.cancelDeadline(), lasts);
        }
        await clock.advance(2 * DURATION + 1200);
        for (const { deadline, lasts } of begun) {
          const { rang, start } = deadline;
          if (lasts !== null && lasts < DURATION) expect(rang).toBeUndefined();
          if (lasts !== null && rang === undefined) continue;
          expect((rang as number) - start).toBeGreaterThanOrEqual(DURATION);
          expect((rang as number) - start).toBeLessThanOrEqual(DURATION + TICK_MS);
        }
        expect(clock.pending).toBe(0);
      }),
      runs(100),
    );
  });

  it('fall due after their very duration where they begin alone', async () => {
    const clock = new ManualClock();
    const { begin } = queueOn(clock);
    await clock.advance(3);
    const alone = begin();
    await clock.advance(TICK_MS + 4);
    const later = begin();
    await clock.advance(2 * DURATION);
    expect([alone.rang, later.rang]).toEqual([3 + DURATION, 3 + TICK_MS + 4 + DURATION]);
  });

  it('cost a timer for a tick and one for the duration, however many come and go', async () => {
    const clock = new ManualClock();
    const { queue, begin } = queueOn(clock);
    const running = begin();
    for (let call = 0; call < 100; call++) begin().cancelDeadline();
    expect(clock.pending).toBe(2);
    running.cancelDeadline();
    expect([clock.pending, queue.isEmpty]).toEqual([1, true]);
    // the tick alone goes on to its end
    await clock.advance(TICK_MS);
    expect(clock.pending).toBe(0);
    await clock.advance(2 * DURATION);
    expect(clock.pending).toBe(0);
    expect(running.rang).toBeUndefined();
  });

  it('read no clock within the tick of another, where it is dear and a tick is a hundredth of the duration', () => {
    const readsOf = (queues: DeadlineQueues, clock: CountingClock, duration: number) => {
      const queue = queues.of(duration);
      queue.insertNow(new Recorded(clock, 0));
      const before = clock.reads;
      queue.insertNow(new Recorded(clock, 0));
      return clock.reads - before;
    };
    const clock = new CountingClock();
    expect(readsOf(new DeadlineQueues(clock, true), clock, 100 * TICK_MS)).toBe(0);
    expect(readsOf(new DeadlineQueues(clock, true), clock, 100 * TICK_MS - 1)).toBe(1);
    expect(readsOf(new DeadlineQueues(clock), clock, 100 * TICK_MS)).toBe(1);
  });

  it('hold a deadline that has only just begun until it is cancelled or falls due', async () => {
    const clock = new ManualClock();
    const { queue, begin } = queueOn(clock);
    const [first, over, running] = [begin(), begin(), begin()];
    over.cancelDeadline();
    first.cancelDeadline();
    expect(queue.isEmpty).toBe(false);
    await clock.advance(TICK_MS);
    expect(queue.isEmpty).toBe(false);
    await clock.advance(DURATION);
    expect([first.rang, over.rang, running.rang]).toEqual([undefined, undefined, DURATION + TICK_MS]);
    expect(queue.isEmpty).toBe(true);
  });

  it('tell those that have only just begun of the end of the application, and leave no timer', () => {
    const clock = new ManualClock();
    const { queues, begin } = queueOn(clock);
    const [first, second] = [begin(), begin()];
    queues.end();
    expect([first.toldOfTheEnd, second.toldOfTheEnd]).toEqual([true, true]);
    expect(clock.pending).toBe(0);
    begin().cancelDeadline();
    expect(clock.pending).toBe(0);
  });

  it('fall due in the order of their moments, also one that began a while ago', async () => {
    const clock = new ManualClock();
    const rang: string[] = [];
    const queue = new DeadlineQueues(clock).of(100);
    await clock.advance(50);
    queue.add(() => rang.push(`now at ${clock.now()}`));
    queue.add(() => rang.push(`earlier at ${clock.now()}`), 20);
    queue.add(() => rang.push(`first at ${clock.now()}`), 0.5);
    await clock.advance(200);
    expect(rang).toEqual(['first at 101', 'earlier at 120', 'now at 150']);
  });

  it('are met in the async context of the call that began them', async () => {
    const clock = new ManualClock();
    const user = new AsyncLocalStorage<string>();
    const queue = new DeadlineQueues(clock).of(100);
    const seen: unknown[] = [];
    for (const name of ['ada', 'bob'])
      user.run(name, () => queue.add(() => seen.push([name, user.getStore()])));
    await clock.advance(100);
    expect(seen).toEqual([
      ['ada', 'ada'],
      ['bob', 'bob'],
    ]);
  });
});

describe('the queues of an application', () => {
  it('are one for each duration', () => {
    const queues = new DeadlineQueues(new ManualClock());
    expect(queues.of(5)).toBe(queues.of(5));
    expect(queues.of(5)).not.toBe(queues.of(6));
  });

  it('are kept for the next call until there are 64, and then only while a deadline is in them', () => {
    const clock = new ManualClock();
    const queues = new DeadlineQueues(clock);
    const kept = queues.of(1);
    const busy = queues.of(2);
    busy.add(() => undefined);
    for (let duration = 3; duration <= 64; duration++) queues.of(duration);
    expect([kept.isDropped, queues.of(1) === kept]).toEqual([false, true]);
    const last = queues.of(65);
    expect([kept.isDropped, busy.isDropped, last.isDropped]).toEqual([true, false, false]);
    expect([queues.of(1) === kept, queues.of(2) === busy]).toEqual([false, true]);
  });

  it('drop one at once whose last deadline ends while there are more than 64', () => {
    const clock = new ManualClock();
    const queues = new DeadlineQueues(clock);
    const all = Array.from({ length: 66 }, (_, index) => {
      const queue = queues.of(index + 1);
      return { queue, deadline: queue.add(() => undefined) };
    });
    for (const { deadline } of all) deadline.cancelDeadline();
    expect(all.map(({ queue }) => queue.isDropped).filter(Boolean)).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });
});

it('on the real clock, calls that have only just begun end with the application', async () => {
  class Slow {
    @Timeout('1h')
    call(): Promise<never> {
      return new Promise(() => undefined);
    }
  }
  const module = await Test.createTestingModule({
    imports: [ResilienceModule.forRoot({ shutdown: { grace: 0 } })],
    providers: [Slow],
  }).compile();
  await module.init();
  const calls = [module.get(Slow).call(), module.get(Slow).call()];
  const ends = calls.map((call) => expect(call).rejects.toMatchObject({ code: 'RESILIENCE_SHUTDOWN' }));
  await module.close();
  await Promise.all(ends);
});
