import { describe, it } from '@jest/globals';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { answerLater, engineOf } from '../../support/pipeline.js';
import { runs } from '../../support/property-runs.js';

const TTL = 100;
const STALE = 300;
const TOTAL = 250;

type Step =
  | { readonly do: 'call'; readonly key: number }
  | { readonly do: 'succeed' | 'fail' | 'leave'; readonly which: number }
  | { readonly do: 'wait'; readonly ms: number };

const which = fc.nat(20);
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('call' as const), key: fc.nat(1) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('succeed' as const, 'fail', 'leave'), which }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 150 }) }),
    },
  ),
  { maxLength: 40 },
);

/** A run of the method, as the method sees it. */
interface Run {
  readonly key: number;
  readonly signal: AbortSignal;
  readonly answer: ReturnType<typeof answerLater>;
  endedAt?: number;
  hasSucceeded?: boolean;
}

/** A call, and how it has ended. */
interface Call {
  readonly key: number;
  readonly begunAt: number;
  readonly leaving: AbortController;
  endedAt?: number;
  value?: Run | undefined;
  error?: unknown;
}

const down = Object.assign(new Error('down'), { code: 'ECONNRESET' });
const gone = new Error('gone');

/** The cache, its calls and its runs. */
class World {
  readonly engine = engineOf({
    cache: { ttl: TTL, staleIfError: STALE },
    timeout: { total: TOTAL },
  });
  readonly runs: Run[] = [];
  readonly calls: Call[] = [];

  get now(): number {
    return this.engine.clock.now();
  }

  call(key: number): void {
    const call: Call = { key, begunAt: this.now, leaving: new AbortController() };
    this.calls.push(call);
    const method = (...args: unknown[]) => this.begin(key, args[1] as AbortSignal);
    const { signal } = call.leaving;
    const pipeline = this.engine.pipeline;
    pipeline.invoke(method, this, [key, signal]).then(
      (value) => {
        call.endedAt = this.now;
        call.value = value as Run;
      },
      (error: unknown) => {
        call.endedAt = this.now;
        call.error = error;
      },
    );
  }

  private begin(key: number, signal: AbortSignal): Promise<unknown> {
    const open = this.runs.filter(
      (run) => run.key === key && run.endedAt === undefined && !run.signal.aborted,
    );
    assert.equal(open.length, 0, 'a second run of one key began while another one was under way');
    const run: Run = { key, signal, answer: answerLater() };
    this.runs.push(run);
    return run.answer.promise;
  }

  end(index: number, hasSucceeded: boolean): void {
    const open = this.runs.filter(({ endedAt }) => endedAt === undefined);
    const run = open[index % open.length] as Run | undefined;
    if (!run) return;
    run.endedAt = this.now;
    run.hasSucceeded = hasSucceeded && !run.signal.aborted;
    if (hasSucceeded) run.answer.resolve(run);
    else run.answer.reject(down);
  }

  leave(index: number): void {
    const open = this.calls.filter(({ endedAt }) => endedAt === undefined);
    const call = open[index % open.length] as Call | undefined;
    call?.leaving.abort(gone);
  }

  /** What holds whenever nothing but time can change anything. */
  check(): void {
    for (const run of this.runs.filter(({ endedAt }) => endedAt === undefined)) {
      const waiting = this.calls.filter(({ key, endedAt }) => key === run.key && endedAt === undefined);
      if (!run.signal.aborted) assert.ok(waiting.length > 0, 'a run goes on for no caller');
    }
    for (const call of this.calls) this.checkCall(call);
  }

  private checkCall(call: Call): void {
    const { begunAt, endedAt, value, error, key } = call;
    if (endedAt === undefined) return assert.ok(this.now < begunAt + TOTAL, 'a call outlives its time');
    assert.ok(endedAt <= begunAt + TOTAL);
    if (error !== undefined) {
      const isOwn = error === gone ? call.leaving.signal.aborted : true;
      assert.ok(isOwn, 'a caller got the abort of another one');
      const kept = this.lastSuccess(key, endedAt);
      const isCovered = kept !== undefined && endedAt < (kept.endedAt as number) + TTL + STALE;
      assert.ok(error === gone || !isCovered, 'a failure reached a caller although an answer was at hand');
      return;
    }
    assert.ok(value, 'a call has ended with nothing');
    assert.equal(value.key, key, 'a caller got the answer of another key');
    assert.ok(value.hasSucceeded, 'an answer came from a run that failed');
    assert.ok(
      endedAt < (value.endedAt as number) + TTL + STALE || endedAt === value.endedAt,
      'an answer is too old',
    );
  }

  private lastSuccess(key: number, until: number): Run | undefined {
    const before = (run: Run) => run.hasSucceeded === true && (run.endedAt as number) < until;
    return this.runs.filter((run) => run.key === key && before(run)).at(-1);
  }
}

async function play(world: World, step: Step): Promise<void> {
  if (step.do === 'call') world.call(step.key);
  else if (step.do === 'leave') world.leave(step.which);
  else if (step.do !== 'wait') world.end(step.which, step.do === 'succeed');
  await world.engine.clock.advance(step.do === 'wait' ? step.ms : 0);
  await new Promise((resolve) => setImmediate(resolve));
}

describe('a cache that shares its runs', () => {
  it('gives each caller an answer of its key that is young enough, in any order of calls, ends, aborts and time', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const world = new World();
        for (const step of all) {
          await play(world, step);
          world.check();
        }
        await play(world, { do: 'wait', ms: TOTAL });
        world.check();
        assert.ok(world.calls.every(({ endedAt }) => endedAt !== undefined));
        assert.equal(world.engine.shutdown.callsRunning, 0);
      }),
      runs(300),
    );
  });
});
