import { describe, expect, it } from '@jest/globals';
import type { CallSettledEvent } from '../../../lib/events/resilience-event.js';
import type { ResilienceEvents } from '../../../lib/events/resilience-events.js';
import { callOutcomeOf } from '../../../lib/pipeline/settle.js';
import type { Operation } from '../../../lib/pipeline/operation.js';
import type { PolicyOptions } from '../../../lib/strategies/policy.options.js';
import { answerLater, engineOf } from '../../support/pipeline.js';

const down = new Error('down');
const fail = () => Promise.reject(down);

function settledOn(events: ResilienceEvents): CallSettledEvent[] {
  const settled: CallSettledEvent[] = [];
  events.on('call.settled', (event) => settled.push(event));
  return settled;
}

/** Runs one call to its end; returns the events of ends, without their moments. */
async function endOf(policy: PolicyOptions, method: Operation['method'], more: Partial<Operation> = {}) {
  const engine = engineOf(policy);
  const settled = settledOn(engine.events);
  const end = engine.run(method, more).then(undefined, (error: unknown) => error);
  await engine.clock.advance(60_000);
  await end;
  expect(engine.shutdown.callsRunning).toBe(0);
  return settled.map(({ outcome, attempts, duration, error }) => ({ outcome, attempts, duration, error }));
}

describe('the end of a call', () => {
  it('is told once, with the attempts that were made and the time that it took', async () => {
    const retry = { baseDelay: 100, jitter: 'none' as const };
    expect(await endOf({}, () => Promise.resolve(1))).toEqual([
      { outcome: 'success', attempts: 1, duration: 0, error: undefined },
    ]);
    let failures = 0;
    const atThird = () => (failures++ < 2 ? fail() : Promise.resolve(1));
    expect(await endOf({ retry }, atThird)).toEqual([
      { outcome: 'success', attempts: 3, duration: 300, error: undefined },
    ]);
    expect(await endOf({ retry }, fail)).toEqual([
      { outcome: 'failure', attempts: 4, duration: 700, error: down },
    ]);
    expect(await endOf({}, fail)).toEqual([{ outcome: 'failure', attempts: 1, duration: 0, error: down }]);
  });

  it('counts no attempt that a guard has refused', async () => {
    const refused = {
      outcome: 'rejected',
      error: expect.objectContaining({ code: 'RESILIENCE_RATE_LIMITED' }),
    };
    const rateLimit = { limit: 1, interval: '1h' };
    const engine = engineOf({ rateLimit, retry: { baseDelay: 0 } });
    const settled = settledOn(engine.events);
    await engine.run(() => Promise.resolve(1));
    await expect(engine.run(() => Promise.resolve(1))).rejects.toMatchObject(refused.error);
    await expect(
      engine.run(() => Promise.resolve(1), { signal: new AbortController().signal }),
    ).rejects.toThrow();
    expect(settled).toMatchObject([
      { outcome: 'success', attempts: 1 },
      { ...refused, attempts: 0 },
      { ...refused, attempts: 0 },
    ]);
    expect(await endOf({ rateLimit, retry: { baseDelay: 0 } }, fail)).toMatchObject([
      { ...refused, attempts: 1 },
    ]);
  });

  it('counts no attempt of a call that has waited for its turn in vain', async () => {
    const engine = engineOf({ bulkhead: { maxConcurrent: 1, maxQueue: 1 }, timeout: { total: 500 } });
    const settled = settledOn(engine.events);
    const running = engine.run(() => new Promise(() => undefined));
    const waiting = engine.run(() => Promise.resolve(1));
    const ends = Promise.allSettled([running, waiting]);
    await engine.clock.advance(500);
    await ends;
    expect(settled.map(({ outcome, attempts }) => [outcome, attempts])).toEqual([
      ['failure', 1],
      ['failure', 0],
    ]);
  });

  it('counts hedges', async () => {
    const hedge = { delay: 100, maxHedges: 2 };
    const end = await endOf({ hedge, timeout: { attempt: 1000 } }, () => new Promise(() => undefined));
    expect(end).toMatchObject([{ outcome: 'failure', attempts: 3 }]);
  });

  it('is an abort where the caller has left, in whatever way the body has heard of it', async () => {
    const abortedIn = async (policy: PolicyOptions, isHeeded: boolean) => {
      const engine = engineOf(policy);
      const settled = settledOn(engine.events);
      const caller = new AbortController();
      const { signal } = caller;
      const body = () =>
        new Promise((_, reject) => isHeeded && signal.addEventListener('abort', () => reject(signal.reason)));
      const end = engine.pipeline
        .invoke(body, undefined, [signal])
        .then(undefined, (error: unknown) => error);
      const plain = isHeeded && engine.pipeline.begin([signal], false).of(body, undefined, [signal]);
      const second = plain && plain.follow(body.call(undefined));
      await engine.clock.advance(10);
      caller.abort('gone');
      expect(await end).toBe('gone');
      if (second) await expect(second).rejects.toBe('gone');
      return settled.map(({ outcome }) => outcome);
    };
    expect(await abortedIn({}, true)).toEqual(['aborted', 'aborted']);
    expect(await abortedIn({ retry: {} }, true)).toEqual(['aborted', 'aborted']);
    expect(await abortedIn({ retry: {}, timeout: '5s' }, false)).toEqual(['aborted']);
  });

  it('is an abort where the application ends, and a failure where it only ends the retries', async () => {
    const engine = engineOf({ retry: { baseDelay: 1000 }, timeout: '1h' }, { grace: 100 });
    const settled = settledOn(engine.events);
    const ends = Promise.allSettled([engine.run(() => new Promise(() => undefined)), engine.run(fail)]);
    await engine.clock.advance(0);
    engine.shutdown.drain(() => {
      engine.shutdown.end();
      engine.deadlines.end();
    });
    await engine.clock.advance(100);
    expect(await ends).toMatchObject([{ reason: { code: 'RESILIENCE_SHUTDOWN' } }, { reason: down }]);
    expect(settled.map(({ outcome, attempts }) => [outcome, attempts])).toEqual([
      ['failure', 1],
      ['aborted', 1],
    ]);
  });

  it('names the key of the call where it has one', async () => {
    const engine = engineOf({});
    const settled = settledOn(engine.events);
    await engine.run(() => Promise.resolve(1), { key: 'ada' });
    expect(settled).toMatchObject([{ name: 'orders', key: 'ada' }]);
  });

  it('does not tell how long a call took that began before the first listener came', async () => {
    const { pipeline, events, clock } = engineOf({});
    const first = pipeline.begin([], false);
    const settled = settledOn(events);
    await clock.advance(10);
    first.succeed('result');
    expect(settled[0]).not.toHaveProperty('duration');
    expect(settled[0]).toMatchObject({ outcome: 'success', attempts: 1 });
  });

  it('lets go of the application, which waits for calls that have yielded nothing', async () => {
    const { run, shutdown } = engineOf({ timeout: '1s' });
    const answer = answerLater();
    const running = run(() => answer.promise);
    expect(shutdown.callsRunning).toBe(1);
    answer.resolve(1);
    await running;
    expect(shutdown.callsRunning).toBe(0);
  });
});

describe('the outcome of a call', () => {
  it.each([
    [{ kind: 'value', value: 1 }, 'success'],
    [{ kind: 'failed', error: down }, 'failure'],
    [{ kind: 'refused', error: down }, 'rejected'],
    [{ kind: 'interrupted', error: down, by: 'timeout' }, 'failure'],
    [{ kind: 'interrupted', error: down, by: 'caller' }, 'aborted'],
    [{ kind: 'interrupted', error: down, by: 'shutdown' }, 'aborted'],
    [{ kind: 'interrupted', error: down, by: 'unsubscribe' }, 'aborted'],
  ] as const)('is that of its last attempt: %j is a %s', (outcome, expected) => {
    expect(callOutcomeOf(outcome, false)).toBe(expected);
  });

  it('is an abort if an attempt fails whose caller has left', () => {
    expect(callOutcomeOf({ kind: 'failed', error: down }, true)).toBe('aborted');
    expect(callOutcomeOf({ kind: 'value', value: 1 }, true)).toBe('success');
  });
});
