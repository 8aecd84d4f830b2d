import { describe, expect, it } from '@jest/globals';
import { Retryable } from 'nestjs-breakwater';
import { ManualClock } from 'nestjs-breakwater/testing';
import { startApplicationOn, stateOf } from '../support/application.js';

const DAY = 86_400_000;
/** The most that Node's timers can wait for, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** Refuses delays at which Node would ring at once with a warning, and counts the timers that are set. */
class NodeLikeClock extends ManualClock {
  readonly delays: number[] = [];

  override setTimeout(fn: () => void, ms: number): unknown {
    this.delays.push(ms);
    return super.setTimeout(fn, ms > LONGEST ? 1 : ms);
  }
}

class Patient {
  calls = 0;

  @Retryable({ maxRetryAfter: '24d', maxRetries: 1 })
  async afterWeeks(): Promise<string> {
    if (this.calls++ > 0) return 'done';
    const headers = { 'retry-after': String((24 * DAY) / 1000) };
    throw Object.assign(new Error('busy'), { response: { status: 503, headers } });
  }
}

describe('a wait of more than 24.8 days', () => {
  it('that a server and chance ask for is kept, with one timer at a time', async () => {
    const clock = new NodeLikeClock();
    const { module, told } = await startApplicationOn(clock, { random: () => 0.999 }, Patient);
    const call = module.get(Patient).afterWeeks();
    await clock.advance(LONGEST);
    expect(await stateOf(call)).toBe('pending');
    const [scheduled] = told as { delay: number }[];
    await clock.advance(scheduled.delay - LONGEST - 1);
    expect(await stateOf(call)).toBe('pending');
    await clock.advance(1);
    expect(await call).toBe('done');
    expect(clock.delays).toEqual([LONGEST, scheduled.delay - LONGEST]);
    await module.close();
  });
});
