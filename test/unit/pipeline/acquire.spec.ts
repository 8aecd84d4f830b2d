import { describe, expect, it } from '@jest/globals';
import { acquire, Refusal, Wait } from '../../../lib/pipeline/acquire.js';
import { NO_PERMIT, Permit } from '../../../lib/pipeline/guards/permit.js';
import { REFUSED } from '../../../lib/strategies/guard.js';
import type { Circuit } from '../../../lib/strategies/circuit-breaker/circuit.js';
import { answerLater, engineOf } from '../../support/pipeline.js';

const all = {
  circuitBreaker: { failureThreshold: 1, recoveryTimeout: 1000 },
  rateLimit: { limit: 2, interval: 1000 },
  bulkhead: { maxConcurrent: 1, maxQueue: 1 },
};
const noArguments: unknown[] = [];
const down = new Error('down');

/** The single state of each guard of a pipeline: circuit, rate limit, bulkhead. */
function statesOf({ bulkheads, parts }: ReturnType<typeof engineOf>) {
  const circuit = parts.circuitBreaker?.forCall([]) as Circuit;
  const bulkhead = [...bulkheads][0];
  const rate = parts.rateLimit?.forCall([]);
  return { circuit, bulkhead, rate };
}

describe('the guards of a pipeline', () => {
  it('are asked outermost first: circuit, rate limit, bulkhead', () => {
    const guards = engineOf(all).pipeline.guards.map((family) => family.forCall([]).constructor.name);
    expect(guards).toEqual(['Circuit', 'RateLimit', 'Bulkhead']);
  });

  it('are nothing to ask where there are none', () => {
    expect(acquire(engineOf({}).pipeline.guards, noArguments)).toBe(NO_PERMIT);
  });

  it('take nothing from a call that one of them refuses: the permits of those before it go back', () => {
    const engine = engineOf({ ...all, bulkhead: { maxConcurrent: 1 } });
    const { guards } = engine.pipeline;
    const { rate, bulkhead } = statesOf(engine);
    const running = acquire(guards, noArguments) as Permit;
    for (let attempt = 0; attempt < 5; attempt++) {
      const refused = acquire(guards, noArguments);
      expect(refused).toBeInstanceOf(Refusal);
      expect((refused as Refusal).guard.constructor.name).toBe('Bulkhead');
    }
    expect([bulkhead.running, rate?.waitAt(0)]).toEqual([1, 0]);
    running.succeed();
    expect(acquire(guards, noArguments)).toBeInstanceOf(Permit);
  });

  it('are not asked behind one that refuses', () => {
    const engine = engineOf(all);
    const { circuit, rate, bulkhead } = statesOf(engine);
    circuit.forceOpen();
    const refused = acquire(engine.pipeline.guards, noArguments) as Refusal;
    expect(refused.guard).toBe(circuit);
    expect([bulkhead.running, rate?.isIdle]).toEqual([0, true]);
  });

  it('hold what those before the queue have given while the call waits', () => {
    const engine = engineOf(all);
    const { guards } = engine.pipeline;
    acquire(guards, noArguments);
    const waiting = acquire(guards, noArguments) as Wait;
    expect(waiting).toBeInstanceOf(Wait);
    expect([waiting.guard.constructor.name, waiting.index]).toEqual(['Bulkhead', 2]);
    expect(acquire(guards, noArguments)).toBeInstanceOf(Refusal);
    waiting.held?.cancel();
    expect(statesOf(engine).rate?.waitAt(0)).toBe(0);
  });

  it('hand everything back where a key function of the user throws', () => {
    const engine = engineOf({
      ...all,
      bulkhead: {
        maxConcurrent: 1,
        key: () => {
          throw down;
        },
      },
    });
    expect(() => acquire(engine.pipeline.guards, noArguments)).toThrow(down);
    expect(statesOf(engine).rate?.isIdle).toBe(true);
  });

  it('are those of the key of the call', () => {
    const keyed = engineOf({ circuitBreaker: { key: (tenant: string) => tenant } });
    acquire(keyed.pipeline.guards, ['ada']);
    acquire(keyed.pipeline.guards, ['ada'], 'bob');
    expect([...keyed.circuits].map(({ name }) => name)).toEqual(['orders[ada]', 'orders[bob]']);
  });
});

describe('a call that waits for a guard', () => {
  /** A call that holds the only place of the bulkhead until it is answered. */
  function occupied(policy = {}) {
    const engine = engineOf({ ...all, rateLimit: { limit: 2, interval: 1000, maxWait: 5000 }, ...policy });
    const answer = answerLater();
    const running = engine.run(() => answer.promise);
    return { ...engine, ...statesOf(engine), answer, running };
  }

  it('runs on its turn, in the order of their coming', async () => {
    const { run, clock, answer, bulkhead } = occupied({ rateLimit: false });
    let ran = false;
    const waiting = run(() => Promise.resolve((ran = true)));
    await clock.advance(10);
    expect([ran, bulkhead.queued]).toEqual([false, 1]);
    answer.resolve('first');
    await expect(waiting).resolves.toBe(true);
    expect([bulkhead.running, bulkhead.queued]).toEqual([0, 0]);
  });

  it('asks its circuit again before its body runs: one that has opened meanwhile refuses it', async () => {
    const { run, clock, answer, running, bulkhead, circuit, rate } = occupied();
    const bodies: string[] = [];
    const waiting = run(() => Promise.resolve(bodies.push('second')));
    await clock.advance(0);
    answer.reject(down);
    await expect(running).rejects.toBe(down);
    await expect(waiting).rejects.toMatchObject({ code: 'RESILIENCE_CIRCUIT_OPEN', cause: down });
    expect([bodies, circuit.metrics.rejected, bulkhead.running, bulkhead.queued]).toEqual([[], 1, 0, 0]);
    // only the attempt that ran is counted
    expect(rate?.waitAt(clock.now())).toBe(0);
  });

  it('holds no trial of a half-open circuit: each of those that wait may be the trial', async () => {
    const { run, clock, answer, circuit } = occupied({
      bulkhead: { maxConcurrent: 1, maxQueue: 5 },
      rateLimit: false,
    });
    circuit.fail(circuit.acquire(), down, 0);
    await clock.advance(1000);
    const waiting = ['first', 'second'].map((name) => run(() => Promise.resolve([name, circuit.state])));
    await clock.advance(0);
    answer.resolve(undefined);
    await expect(Promise.all(waiting)).resolves.toEqual([
      ['first', 'half-open'],
      ['second', 'closed'],
    ]);
  });

  it('waits for one guard after the other', async () => {
    const { run, clock, answer, bulkhead, rate } = occupied({
      rateLimit: { limit: 1, interval: 1000, maxWait: 5000 },
    });
    const waiting = run(() => Promise.resolve(`ran at ${clock.now()}`));
    await clock.advance(1000);
    expect([rate?.queued, bulkhead.queued]).toEqual([0, 1]);
    await clock.advance(500);
    answer.resolve(undefined);
    await expect(waiting).resolves.toBe('ran at 1500');
  });

  it('gives back what it holds once it has waited for too long', async () => {
    const { run, clock, bulkhead, rate } = occupied({
      bulkhead: { maxConcurrent: 1, maxQueue: 1, maxWait: 200 },
    });
    const waiting = run(() => Promise.resolve('never'));
    const end = expect(waiting).rejects.toMatchObject({ code: 'RESILIENCE_BULKHEAD_FULL' });
    await clock.advance(200);
    await end;
    expect([bulkhead.queued, bulkhead.snapshot().rejected, rate?.waitAt(clock.now())]).toEqual([0, 1, 0]);
  });

  it('leaves the queue with the error of its caller who has left', async () => {
    const { run, clock, bulkhead, rate } = occupied();
    const caller = new AbortController();
    const waiting = run(() => Promise.resolve('never'), { signal: caller.signal });
    const end = expect(waiting).rejects.toBe('gone');
    await clock.advance(0);
    expect(bulkhead.queued).toBe(1);
    caller.abort('gone');
    await end;
    expect([bulkhead.queued, bulkhead.running, rate?.waitAt(clock.now())]).toEqual([0, 1, 0]);
  });

  it('is timed from the moment in which its body begins, not while it waits', async () => {
    const { run, clock, answer, circuit } = occupied({
      rateLimit: false,
      circuitBreaker: { slowCallRate: 0.5, slowCallDuration: 100, window: { calls: 2 }, minimumCalls: 2 },
    });
    const waiting = run(() => Promise.resolve('fast'));
    await clock.advance(500);
    answer.resolve(undefined);
    await waiting;
    expect(circuit.metrics).toMatchObject({ calls: 2, slowCalls: 1 });
  });

  it('ends with the error of a key function that throws on its turn', async () => {
    let calls = 0;
    const { run, clock, answer, bulkhead } = occupied({
      circuitBreaker: false,
      rateLimit: { limit: 1, interval: 1000, maxWait: 5000 },
      bulkhead: {
        maxConcurrent: 1,
        key: () => {
          if (++calls > 1) throw down;
          return 'one';
        },
      },
    });
    const end = expect(run(() => Promise.resolve('never'))).rejects.toBe(down);
    await clock.advance(1000);
    await end;
    answer.resolve(undefined);
    await clock.advance(0);
    expect(bulkhead).toMatchObject({ queued: 0 });
  });

  it('asks its circuit again also after the second of two waits', async () => {
    const { run, clock, answer, circuit } = occupied({
      rateLimit: { limit: 1, interval: 1000, maxWait: 5000 },
    });
    const bodies: string[] = [];
    const end = expect(run(() => Promise.resolve(bodies.push('ran')))).rejects.toMatchObject({
      code: 'RESILIENCE_CIRCUIT_OPEN',
    });
    await clock.advance(1000);
    circuit.forceOpen();
    answer.resolve(undefined);
    await end;
    expect(bodies).toEqual([]);
  });

  it('is aborted if its caller leaves, and has failed if a key function throws on its turn', async () => {
    const { run, clock, told, listen } = occupied({
      circuitBreaker: false,
      rateLimit: { limit: 1, interval: 1000, maxWait: 5000 },
      bulkhead: { maxConcurrent: 5, key: (tenant: string | undefined) => tenant?.trim() ?? 'none' },
    });
    listen();
    const caller = new AbortController();
    const ends = Promise.allSettled([
      run(() => Promise.resolve('never'), { signal: caller.signal }),
      run(() => Promise.resolve('never'), { args: [5] }),
    ]);
    await clock.advance(0);
    caller.abort('gone');
    await clock.advance(2000);
    expect(await ends).toMatchObject([{ reason: 'gone' }, { reason: expect.any(TypeError) }]);
    expect(told).toMatchObject([
      { type: 'call.settled', outcome: 'aborted' },
      { type: 'call.settled', outcome: 'failure' },
    ]);
  });
});

describe('the permission of a retry', () => {
  it('is asked for anew, although that of the first attempt was brought along', async () => {
    const { run, clock, pipeline, parts } = engineOf({
      rateLimit: { limit: 4, interval: 1000 },
      retry: { baseDelay: 0, maxRetries: 2 },
      timeout: { total: 10_000 },
    });
    const acquired = acquire(pipeline.guards, noArguments) as Permit;
    const end = expect(run(() => Promise.reject(down), { acquired })).rejects.toBe(down);
    await clock.advance(0);
    await end;
    const rate = parts.rateLimit?.forCall([]);
    expect([rate?.acquire(), rate?.acquire()]).toEqual([0, REFUSED]);
  });

  it('fails with the error of a key function that throws, and the next one may be given', async () => {
    let asked = 0;
    const key = () => {
      if (++asked === 2) throw down;
      return 'one';
    };
    const { run, clock, told, listen } = engineOf({
      rateLimit: { limit: 9, interval: 1000, key },
      retry: { baseDelay: 10 },
    });
    listen();
    let bodies = 0;
    const end = run(() => (++bodies === 1 ? Promise.reject(new Error('first')) : Promise.resolve('result')));
    await clock.advance(1000);
    await expect(end).resolves.toBe('result');
    expect(told.map(({ type }) => type)).toEqual(['retry.scheduled', 'retry.scheduled', 'call.settled']);
    expect(told[1]).toMatchObject({ attempt: 3, error: down });
    expect(told[2]).toMatchObject({ outcome: 'success', attempts: 2 });
  });
});
