import { afterEach, describe, expect, it } from '@jest/globals';
import { Bulkhead, CircuitBreaker, Fallback, ResilienceEvents, Retryable, Timeout } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';
import type { TestApplication } from '../support/application.js';
import { attempts } from '../support/calls.js';

type Run = () => unknown;

class Work {
  @Retryable({ maxRetries: 1 })
  async retried(run: Run, _last?: unknown): Promise<unknown> {
    return run();
  }

  @CircuitBreaker({ failureThreshold: 1 })
  async guarded(run: Run, _last?: unknown): Promise<unknown> {
    return run();
  }

  @Retryable({ maxRetries: 1 })
  @CircuitBreaker()
  @Timeout('10s')
  @Bulkhead({ maxConcurrent: 1, adaptive: true })
  async whole(run: Run, _last?: unknown): Promise<unknown> {
    return run();
  }

  @Fallback(() => 'fallback', { on: Error })
  async answered(run: Run, _last?: unknown): Promise<unknown> {
    return run();
  }
}

const trap = (): never => {
  throw new Error('a trap');
};
const untouchable = (): object =>
  new Proxy(new Error('x'), { get: trap, has: trap, set: trap, getPrototypeOf: trap, ownKeys: trap });
const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

const policies = {
  whole: {
    retry: { maxRetries: 1 },
    circuitBreaker: {},
    timeout: { attempt: '10s', total: '1m' },
    bulkhead: { maxConcurrent: 1 },
  },
};

let app: TestApplication;
afterEach(() => app.module.close());

/** What the caller is told, not looked at: looking at some of it throws. */
async function told(promise: Promise<unknown>): Promise<{ value?: unknown; error?: unknown }> {
  const settled = promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  await app.clock.advance(1000);
  return settled;
}

describe('whatever is thrown', () => {
  it.each<[string, unknown]>([
    ['a proxy that cannot be looked at', untouchable()],
    ['a revoked proxy', revoked()],
    ['a frozen error', Object.freeze(new Error('frozen'))],
    ['nothing', undefined],
    ['an object without a prototype', Object.create(null)],
    ['a thenable', { then: trap }],
  ])('comes back itself, and leaves nothing taken: %s', async (_name, thrown) => {
    app = await startApplication({ policies }, Work);
    const work = app.module.get(Work);
    const fail = () => Promise.reject(thrown);
    const calls = [
      () => work.retried(fail),
      () => work.guarded(fail),
      () => work.whole(fail),
      () => app.service.execute('whole', fail),
    ];
    for (const call of calls) expect(Object.is((await told(call())).error, thrown)).toBe(true);
    expect(app.circuits.get('Work.guarded')?.state).toBe('open');
    expect(await told(work.whole(() => 'fine'))).toEqual({ value: 'fine' });
    expect(await told(app.service.execute('whole', () => 'fine'))).toEqual({ value: 'fine' });
  });
});

describe('whatever stands last among the arguments', () => {
  it.each<[string, unknown]>([
    ['a getter that throws', Object.defineProperty({}, 'signal', { get: trap })],
    ['a proxy that cannot be looked at', untouchable()],
    ['a revoked proxy', revoked()],
  ])('the caller is told of the failure itself: %s', async (_name, last) => {
    app = await startApplication({}, Work);
    const work = app.module.get(Work);
    const down = new Error('down');
    const fail = () => Promise.reject(down);
    expect((await told(work.retried(fail, last))).error).toBe(down);
    expect((await told(work.guarded(fail, last))).error).toBe(down);
    expect((await told(work.whole(fail, last))).error).toBe(down);
    expect(await told(work.answered(fail, last))).toEqual({ value: 'fallback' });
    expect(app.circuits.get('Work.guarded')?.state).toBe('open');
    expect(await told(work.whole(() => 'fine', last))).toEqual({ value: 'fine' });
  });
});

describe('whatever a hook throws', () => {
  const cannotBeTold = () => {
    throw Object.create(null) as Error;
  };

  it.each(['a listener', 'an asynchronous listener', 'onRetry'])('no call is touched by %s', async (hook) => {
    const onRetry = hook === 'onRetry' ? cannotBeTold : undefined;
    app = await startApplication({ policies: { p: { retry: { onRetry } } } });
    const events = app.module.get(ResilienceEvents);
    if (hook === 'a listener') events.on('retry.scheduled', cannotBeTold);
    if (hook === 'an asynchronous listener') events.on('retry.scheduled', async () => cannotBeTold());
    expect(await told(attempts(app, 'p', [new Error('down')]).run)).toEqual({ value: 'fine' });
  });

  it('a backoff or a recordAs leaves the call its own error', async () => {
    const p = { retry: { backoff: cannotBeTold }, circuitBreaker: { recordAs: cannotBeTold } };
    app = await startApplication({ policies: { p } });
    const down = new Error('down');
    expect(await told(attempts(app, 'p', [down]).run)).toEqual({ error: down });
    expect(app.circuits.get('p')?.metrics.consecutiveFailures).toBe(1);
  });
});

describe('a listener', () => {
  it('that takes itself away and comes back hears of the next event, not of this one again', async () => {
    app = await startApplication({ policies: { p: { retry: { maxRetries: 2 } } } });
    const events = app.module.get(ResilienceEvents);
    const heard: string[] = [];
    events.on('retry.scheduled', () => heard.push('steady'));
    const again = () => {
      stop();
      if (heard.push('again') < 10) stop = events.on('retry.scheduled', again);
    };
    let stop = events.on('retry.scheduled', again);
    await told(attempts(app, 'p', [new Error('1'), new Error('2')]).run);
    expect(heard).toEqual(['steady', 'again', 'steady', 'again']);
  });

  it('that another one takes away hears no more of this event', async () => {
    app = await startApplication({ policies: { p: {} }, defaults: { retry: {} } });
    const events = app.module.get(ResilienceEvents);
    const heard: string[] = [];
    events.on('retry.scheduled', () => stop());
    const stop = events.on('retry.scheduled', () => heard.push('taken away'));
    events.on('retry.scheduled', () => heard.push('kept'));
    await told(attempts(app, 'p', [new Error('1')]).run);
    expect(heard).toEqual(['kept']);
  });
});
