import { describe, expect, it } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { BulkheadRegistry } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';
import { runChild } from '../support/child/run-child.js';
import { Work } from '../support/child/work.js';

describe('a hundred thousand calls through retry, breaker, timeout and bulkhead', () => {
  it('leave no listener on a shared signal, no held place, and no timer beyond the one of their duration', async () => {
    const app = await startApplication({}, Work);
    const work = app.module.get(Work);
    const { signal } = new AbortController();
    const warned: string[] = [];
    const onWarning = ({ name }: Error) => void warned.push(name);
    process.on('warning', onWarning);
    for (let round = 0; round < 1000; round++) {
      const calls = Array.from({ length: 50 }, (_, index) => [
        work.plain(index),
        work.abortable(index, signal),
      ]);
      await Promise.all(calls.flat());
    }
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    for (const { running, queued } of app.module.get(BulkheadRegistry))
      expect([running, queued]).toEqual([0, 0]);
    process.off('warning', onWarning);
    expect(warned).toEqual([]);
    // one timer serves all calls of a duration, and ends by itself
    await app.clock.advance(10_000);
    expect(app.clock.pending).toBe(0);
    await app.module.close();
  }, 60_000);
});

describe('an application that has closed', () => {
  it('is held by nothing, although its methods have been called', async () => {
    const { said, code } = await runChild('closed-application', { flags: ['--expose-gc'] });
    expect([said.trim(), code]).toEqual(['gone', 0]);
  }, 60_000);
});

interface Report {
  bytesPerCall: number;
  listeners: number;
  pending: number;
  pendingAfterClose: number;
  held: number[];
}

/** What a hundred thousand calls in a process of their own leave behind, measured after full collections. */
async function leftBy(...leak: string[]): Promise<Report> {
  const { said, code } = await runChild('many-calls', { flags: ['--expose-gc'], args: leak });
  expect(code).toBe(0);
  return JSON.parse(said) as Report;
}

/** The smallest object takes 16 bytes, and a place in a list 8 more: whoever keeps one per call is above it. */
const NO_GROWTH = 8;

describe('the memory of a hundred thousand calls, in a process of their own', () => {
  it('is given back, with all listeners, places and timers', async () => {
    const { bytesPerCall, pending, ...left } = await leftBy();
    expect(bytesPerCall).toBeLessThan(NO_GROWTH);
    // one timer for each duration, and the coarse clock's, which ends by itself
    expect(pending).toBeLessThanOrEqual(3);
    expect(left).toEqual({ listeners: 0, pendingAfterClose: 0, held: [0, 0, 0] });
  }, 120_000);

  it('is measured closely enough to see one small object per call', async () => {
    expect((await leftBy('object')).bytesPerCall).toBeGreaterThan(2 * NO_GROWTH);
  }, 120_000);
});
