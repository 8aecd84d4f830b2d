import { describe, expect, it } from '@jest/globals';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { AttemptContext } from '../../../lib/pipeline/attempt-context.js';
import type { Circuit } from '../../../lib/strategies/circuit-breaker/circuit.js';
import type { Method } from '../../../lib/pipeline/operation.js';
import type { PolicyOptions } from '../../../lib/strategies/policy.options.js';
import { answerLater, engineOf } from '../../support/pipeline.js';

const down = new Error('down');
const never = () => new Promise<unknown>(() => undefined);

/** The engine, and a caller of a decorated method, whose wrapper runs the body of first attempts. */
function callsOf(policy: PolicyOptions, options: { grace?: number } = {}) {
  const engine = engineOf(policy, options);
  const { pipeline, parts } = engine;
  const call = (method: Method, ...args: unknown[]): Promise<unknown> => {
    const first = pipeline.begin(args, false).of(method, undefined, args);
    if (first.obstacle) return pipeline.goAround(first);
    return first.follow(method.call(undefined, ...args));
  };
  const circuit = parts.circuitBreaker?.forCall([]) as Circuit;
  return { ...engine, call, circuit };
}

describe('a first attempt', () => {
  it('is the whole call if it succeeds', async () => {
    const { call, circuit, clock, shutdown } = callsOf({ retry: {}, circuitBreaker: {}, timeout: '2s' });
    await expect(call((name) => Promise.resolve(`hello ${String(name)}`), 'ada')).resolves.toBe('hello ada');
    expect([circuit.metrics.consecutiveFailures, shutdown.callsRunning, clock.pending]).toEqual([0, 0, 0]);
  });

  it('is repeated by the retry loop if it fails, with the same instance and arguments', async () => {
    const { call, clock, circuit } = callsOf({ retry: { baseDelay: 100 }, circuitBreaker: {} });
    const seen: unknown[][] = [];
    const end = call(
      (...args) => (seen.push(args), seen.length < 3 ? Promise.reject(down) : Promise.resolve(7)),
      1,
      2,
    );
    await clock.advance(1000);
    await expect(end).resolves.toBe(7);
    expect(seen).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
    expect(circuit.metrics.consecutiveFailures).toBe(0);
  });

  it('is repeated if its result is not good enough', async () => {
    const { call, clock } = callsOf({
      retry: { baseDelay: 10, retryOnResult: (result: number) => result < 3 },
    });
    let result = 0;
    const end = call(() => Promise.resolve(++result));
    await clock.advance(1000);
    await expect(end).resolves.toBe(3);
  });

  it('resolves what its body returns once, whatever thenable that is', async () => {
    const { call } = callsOf({ retry: {} });
    let queries = 0;
    const lazy = { then: (done: (rows: string) => void) => void (queries++, done('rows')) };
    await expect(call(() => lazy)).resolves.toBe('rows');
    expect(queries).toBe(1);
  });

  it('ends when its time is over: the circuit counts that, the listeners hear of it, and its signal aborts', async () => {
    const { run, clock, circuit, told, listen } = callsOf({
      timeout: 100,
      circuitBreaker: { failureThreshold: 1 },
    });
    listen();
    let attempt: AttemptContext | undefined;
    const end = run((given) => ((attempt = given as AttemptContext), never()), { attemptAt: 0 });
    const failure = expect(end).rejects.toMatchObject({
      code: 'RESILIENCE_TIMEOUT',
      scope: 'attempt',
      timeout: 100,
    });
    expect(attempt).toMatchObject({ attempt: 1, deadline: 100 });
    await clock.advance(99);
    expect(attempt?.signal.aborted).toBe(false);
    await clock.advance(1);
    await failure;
    expect(attempt?.signal.reason).toMatchObject({ code: 'RESILIENCE_TIMEOUT' });
    expect(circuit.state).toBe('open');
    expect(told.map(({ type }) => type)).toEqual(['timeout', 'circuit.opened', 'call.settled']);
  });

  it('is over with its first end: what its body does later counts for nothing', async () => {
    const { call, clock, circuit } = callsOf({ timeout: 100, circuitBreaker: { failureThreshold: 2 } });
    const answer = answerLater();
    const end = expect(call(() => answer.promise)).rejects.toMatchObject({ code: 'RESILIENCE_TIMEOUT' });
    await clock.advance(100);
    await end;
    answer.reject(down);
    await clock.advance(0);
    expect(circuit.metrics.consecutiveFailures).toBe(1);
  });

  it('has the same idempotency key as the attempts after it', async () => {
    const { run, clock } = callsOf({ timeout: 100, retry: { baseDelay: 10 } });
    const keys: string[] = [];
    const body = (given: unknown) => {
      keys.push((given as AttemptContext).idempotencyKey);
      return keys.length < 3 ? never() : Promise.resolve('done');
    };
    const end = run(body, { attemptAt: 0 });
    await clock.advance(1000);
    await expect(end).resolves.toBe('done');
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('says nothing of the upstream if its caller has left', async () => {
    const { call, circuit } = callsOf({ circuitBreaker: { failureThreshold: 1 } });
    await expect(call(() => Promise.reject(down), AbortSignal.abort())).rejects.toBe(down);
    expect(circuit.state).toBe('closed');
    await expect(call(() => Promise.reject(down))).rejects.toBe(down);
    expect(circuit.state).toBe('open');
  });

  it('ends with the application, and its place is free again', async () => {
    const { call, deadlines, bulkheads, circuit, clock } = callsOf({
      timeout: '1h',
      bulkhead: { maxConcurrent: 1 },
      circuitBreaker: { failureThreshold: 1 },
    });
    const end = expect(call(never)).rejects.toMatchObject({ code: 'RESILIENCE_SHUTDOWN' });
    deadlines.end();
    await end;
    expect([[...bulkheads][0].running, circuit.state, clock.pending]).toEqual([0, 'closed', 0]);
  });

  it('continues in the async context of its caller when its time is over', async () => {
    const user = new AsyncLocalStorage<string>();
    const { call, clock } = callsOf({ timeout: 100, retry: { baseDelay: 0 } });
    const attempt = () => (user.run('body', () => undefined), never());
    const seen: unknown[] = [];
    const ends = ['ada', 'bob'].map((name) =>
      user.run(name, () => {
        let isFirst = true;
        return call(() => {
          if (!isFirst) return Promise.resolve(seen.push([name, user.getStore()]));
          isFirst = false;
          return attempt();
        });
      }),
    );
    await clock.advance(100);
    await Promise.all(ends);
    expect(seen).toEqual([
      ['ada', 'ada'],
      ['bob', 'bob'],
    ]);
  });

  it('does not run where a guard refuses it or makes it wait', async () => {
    const { call, clock, circuit } = callsOf({
      circuitBreaker: {},
      rateLimit: { limit: 1, interval: 1000, maxWait: 1000 },
    });
    const bodies: number[] = [];
    const body = () => Promise.resolve(bodies.push(clock.now()));
    await call(body);
    const waiting = call(body);
    await clock.advance(999);
    expect(bodies).toEqual([0]);
    await clock.advance(1);
    await waiting;
    circuit.forceOpen();
    await expect(call(body)).rejects.toMatchObject({ code: 'RESILIENCE_CIRCUIT_OPEN' });
    expect(bodies).toEqual([0, 1000]);
  });

  it('does not run once the application has closed', async () => {
    const { call, shutdown, told, listen } = callsOf({ retry: { retryOn: () => true } });
    listen();
    shutdown.end();
    shutdown.close();
    const bodies: string[] = [];
    await expect(call(() => Promise.resolve(bodies.push('ran')))).rejects.toMatchObject({
      code: 'RESILIENCE_SHUTDOWN',
    });
    expect(bodies).toEqual([]);
    expect(told.at(-1)).toMatchObject({ type: 'call.settled', outcome: 'rejected', attempts: 0 });
  });

  it('fails with the error of a key function that throws, and is repeated like any other', async () => {
    let asked = 0;
    const key = () => {
      if (asked++ === 0) throw down;
      return 'ada';
    };
    const { call, clock } = callsOf({
      retry: { baseDelay: 10 },
      rateLimit: { limit: 1, interval: 1000, key },
    });
    const end = call(() => Promise.resolve('result'));
    await clock.advance(10);
    await expect(end).resolves.toBe('result');
  });

  it('gives its permit back uncounted if its body turns out to give no promise', () => {
    const { pipeline, parts, shutdown } = engineOf({ rateLimit: { limit: 1, interval: 1000 } });
    pipeline.begin([], false).abandon();
    expect([parts.rateLimit?.forCall([]).isIdle, shutdown.callsRunning]).toEqual([true, 0]);
  });
});
