import { describe, expect, it } from '@jest/globals';
import { AsyncLocalStorage } from 'node:async_hooks';
import { waitInQueue } from '../../../../lib/pipeline/guards/wait-in-queue.js';
import type { EndOfWait } from '../../../../lib/pipeline/guards/wait-in-queue.js';
import type { Operation } from '../../../../lib/pipeline/operation.js';
import type { PolicyOptions } from '../../../../lib/strategies/policy.options.js';
import { engineOf } from '../../../support/pipeline.js';

const down = new Error('down');

/** A bulkhead whose only place is taken, and calls that wait in its queue. */
function queue(bulkhead: Partial<NonNullable<PolicyOptions['bulkhead']>> = {}, grace = 0) {
  const engine = engineOf({ bulkhead: { maxConcurrent: 1, maxQueue: 2, ...bulkhead } }, { grace });
  const { pipeline, deps } = engine;
  const guard = pipeline.guards[0].forCall([]);
  guard.acquire();
  const ends: EndOfWait[] = [];
  const wait = (more: Partial<Operation> = {}, failure?: Error) => {
    const operation = { method: () => undefined, self: undefined, args: [], ...more };
    const execution = pipeline.newExecution(operation);
    if (!execution.isUnbounded) execution.open();
    if (failure) execution.remember({ kind: 'failed', error: failure });
    void waitInQueue({ execution, target: execution, deps }, guard).then((end) => ends.push(end));
    return execution;
  };
  return { ...engine, guard, ends, wait, bulkhead: [...engine.bulkheads][0] };
}

describe('a call in the queue of a guard', () => {
  it('has its turn when a place is free, first come first served', async () => {
    const { guard, clock, ends, wait, bulkhead } = queue();
    wait();
    wait();
    expect(bulkhead.queued).toBe(2);
    guard.release(0);
    await clock.advance(0);
    expect([ends, bulkhead.queued, bulkhead.running]).toEqual([['turn'], 1, 1]);
  });

  it('is refused where the queue has no room left', async () => {
    const { clock, ends, wait } = queue({ maxQueue: 1 });
    wait();
    wait();
    await clock.advance(0);
    expect(ends).toEqual(['refused']);
  });

  it('is refused once it has waited for as long as it may, and not a moment before', async () => {
    const { clock, ends, wait, bulkhead } = queue({ maxWait: 100 });
    wait();
    await clock.advance(99);
    expect([ends, bulkhead.queued]).toEqual([[], 1]);
    await clock.advance(1);
    expect([ends, bulkhead.queued, clock.pending]).toEqual([['refused'], 0, 0]);
  });

  it('leaves no timer behind on its turn', async () => {
    const { guard, clock, ends, wait } = queue({ maxWait: 100 });
    wait();
    guard.release(0);
    await clock.advance(0);
    expect([ends, clock.pending]).toEqual([['turn'], 0]);
  });

  it('leaves when its caller does, and the others move up', async () => {
    const { guard, clock, ends, wait } = queue();
    const caller = new AbortController();
    wait({ signal: caller.signal });
    wait();
    caller.abort('gone');
    await clock.advance(0);
    expect(ends).toEqual([{ by: 'caller', error: 'gone' }]);
    guard.release(0);
    await clock.advance(0);
    expect(ends[1]).toBe('turn');
  });

  it('does not even join it where its caller has left before', async () => {
    const { clock, ends, wait, bulkhead } = queue();
    wait({ signal: AbortSignal.abort('gone') });
    expect(bulkhead.queued).toBe(0);
    await clock.advance(0);
    expect(ends).toEqual([{ by: 'caller', error: 'gone' }]);
  });

  it('keeps its turn where its caller leaves after it', async () => {
    const { guard, clock, ends, wait, bulkhead } = queue();
    const caller = new AbortController();
    const execution = wait({ signal: caller.signal });
    guard.release(0);
    caller.abort('gone');
    await clock.advance(0);
    expect([ends, bulkhead.running]).toEqual([['turn'], 1]);
    expect(execution.interruption).toMatchObject({ by: 'caller' });
  });

  it('keeps its chance as a first attempt while the application drains, and ends with the grace', async () => {
    const { clock, ends, wait, shutdown } = queue({}, 100);
    wait();
    shutdown.drain(() => shutdown.end());
    await clock.advance(99);
    expect(ends).toEqual([]);
    await clock.advance(1);
    expect(ends).toEqual([
      { by: 'shutdown', error: expect.objectContaining({ code: 'RESILIENCE_SHUTDOWN' }) },
    ]);
  });

  it('ends at once as a retry when the application begins to drain, or drains already', async () => {
    const { clock, ends, wait, shutdown } = queue({}, 100);
    wait({}, down);
    wait();
    shutdown.drain(() => shutdown.end());
    await clock.advance(0);
    const byShutdown = { by: 'shutdown', error: expect.objectContaining({ cause: down }) };
    expect(ends).toEqual([byShutdown]);
    wait({}, down);
    await clock.advance(0);
    expect(ends).toEqual([byShutdown, byShutdown]);
  });

  it('goes on in its own async context, whoever gives it its turn', async () => {
    const user = new AsyncLocalStorage<string>();
    const { guard, clock, pipeline, deps } = queue();
    const seen: unknown[] = [];
    user.run('ada', () => {
      const execution = pipeline.newExecution({ method: () => undefined, self: undefined, args: [] });
      void waitInQueue({ execution, target: execution, deps }, guard).then(() => seen.push(user.getStore()));
    });
    user.run('bob', () => guard.release(0));
    await clock.advance(0);
    expect(seen).toEqual(['ada']);
  });
});
