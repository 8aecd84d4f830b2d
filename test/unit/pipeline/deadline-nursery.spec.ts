import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Test } from '@nestjs/testing';
import { ResilienceModule, Timeout } from 'nestjs-breakwater';
import { CoarseClock } from '../../../lib/clock/coarse-clock.js';
import { Deadline } from '../../../lib/pipeline/deadlines/deadline-queue.js';
import { DeadlineQueues } from '../../../lib/pipeline/deadlines/deadline-queues.js';
import { ManualClock } from '../../../lib/testing/index.js';
import { runs } from '../../support/property-runs.js';

const DURATION = 1000;
const TICK = 10;

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

function nurseryOn(clock: ManualClock) {
  const queues = new DeadlineQueues(clock, new CoarseClock(clock, true));
  const nursery = queues.newNursery(DURATION);
  if (!nursery) throw new Error('a second is long enough');
  const begin = () => {
    const deadline = new Recorded(clock);
    nursery.add(deadline);
    return deadline;
  };
  return { queues, nursery, begin };
}

it('lets every deadline fall due after its duration, and a tick later at most, unless it was cancelled', async () => {
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
      const { begin } = nurseryOn(clock);
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
        expect((rang as number) - start).toBeLessThanOrEqual(DURATION + TICK);
      }
      expect(clock.pending).toBe(0);
    }),
    runs(100),
  );
});

it('lets a call that begins alone end after its very duration', async () => {
  const clock = new ManualClock();
  const { begin } = nurseryOn(clock);
  await clock.advance(3);
  const alone = begin();
  await clock.advance(TICK + 4);
  const later = begin();
  await clock.advance(2 * DURATION);
  expect([alone.rang, later.rang]).toEqual([3 + DURATION, 3 + TICK + 4 + DURATION]);
});

it('costs a timer for a tick and one for its duration, however many deadlines come and go', async () => {
  const clock = new ManualClock();
  const { begin } = nurseryOn(clock);
  for (let call = 0; call < 100; call++) begin().cancelDeadline();
  expect(clock.pending).toBe(2);
  await clock.advance(DURATION);
  expect(clock.pending).toBe(0);
});

it('tells those that have only just begun of the end of the application, and leaves no timer', () => {
  const clock = new ManualClock();
  const { queues, begin } = nurseryOn(clock);
  const [first, second] = [begin(), begin()];
  queues.end();
  expect([first.toldOfTheEnd, second.toldOfTheEnd]).toEqual([true, true]);
  expect(clock.pending).toBe(0);
  begin().cancelDeadline();
  expect(clock.pending).toBe(0);
});

it('is to be found while somebody may be in it, and no longer: there may be one for each call', async () => {
  const clock = new ManualClock();
  const { queues, begin } = nurseryOn(clock);
  const [, over, running] = [begin(), begin(), begin()];
  over.cancelDeadline();
  expect(queues.busyNurseries.size).toBe(1);
  await clock.advance(TICK);
  expect(queues.busyNurseries.size).toBe(0);
  await clock.advance(DURATION);
  expect([over.rang, running.rang]).toEqual([undefined, DURATION + TICK]);
});

it('is for durations that a tick is a hundredth of, on a clock that is dear to read', () => {
  const clock = new ManualClock();
  const dear = new DeadlineQueues(clock, new CoarseClock(clock, true));
  expect(dear.newNursery(DURATION - 1)).toBeUndefined();
  expect(dear.newNursery(DURATION)).toBeDefined();
  expect(new DeadlineQueues(clock, new CoarseClock(clock)).newNursery(DURATION)).toBeUndefined();
});

it('on the real clock, calls that have only just begun end with the application', async () => {
  class Slow {
    @Timeout('1h')
    call(): Promise<never> {
      return new Promise(() => undefined);
    }
  }
  const module = await Test.createTestingModule({
    imports: [ResilienceModule.forRoot()],
    providers: [Slow],
  }).compile();
  await module.init();
  const calls = [module.get(Slow).call(), module.get(Slow).call()];
  const ends = calls.map((call) => expect(call).rejects.toMatchObject({ code: 'RESILIENCE_SHUTDOWN' }));
  await module.close();
  await Promise.all(ends);
});
