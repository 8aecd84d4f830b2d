import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHook } from 'node:async_hooks';
import { CircuitBreaker, Retryable } from 'nestjs-breakwater';
import type { Observable } from 'rxjs';
import { startApplication } from '../support/application.js';
import type { TestApplication } from '../support/application.js';

class Service {
  failures = 0;
  readonly stacks: string[] = [];

  async bare(): Promise<string> {
    return 'done';
  }

  @Retryable()
  @CircuitBreaker()
  async protected(): Promise<string> {
    return 'done';
  }

  @Retryable()
  @CircuitBreaker({ failureRate: 0.5, window: '10s' })
  async windowed(): Promise<string> {
    return 'done';
  }

  @Retryable({ baseDelay: 0 })
  @CircuitBreaker()
  async flaky(): Promise<string> {
    return this.flake();
  }

  /** Nobody has said which of both it returns: the first call shows it. */
  @Retryable({ baseDelay: 0 })
  @CircuitBreaker()
  untyped(): Promise<string> | Observable<string> {
    return this.flake();
  }

  private async flake(): Promise<string> {
    const error = new Error('not yet');
    this.stacks.push(String(error.stack));
    if (this.failures++ % 3 === 2) return 'done';
    throw error;
  }
}

/** How many promises come to be between a call and its awaited result, once everything is warm. */
async function promisesOf(call: () => Promise<unknown>): Promise<number> {
  await call();
  let promises = 0;
  const hook = createHook({ init: (_id, type) => void (type === 'PROMISE' && promises++) }).enable();
  await call();
  hook.disable();
  return promises;
}

/** After how many microtasks a listener to the result is called. */
function ticksOf(call: () => Promise<unknown>): Promise<number> {
  return new Promise((resolve) => {
    let ticks = 1;
    let isDone = false;
    void call().then(() => (isDone = true));
    const tick = () => (isDone ? resolve(ticks) : (ticks++, queueMicrotask(tick)));
    queueMicrotask(tick);
  });
}

let app: TestApplication;
let service: Service;
beforeAll(async () => {
  // on the default clock: under one moved by hand every call is watched
  app = await startApplication({ clock: undefined }, Service);
  service = app.module.get(Service);
});
afterAll(() => app.module.close());

describe('a decorated call that succeeds', () => {
  it.each(['protected', 'windowed'] as const)(
    'costs one promise more than a bare one, four in all: %s',
    async (method) => {
      await promisesOf(() => service.bare());
      const bare = await promisesOf(() => service.bare());
      const decorated = await promisesOf(() => service[method]());
      expect(decorated).toBe(bare + 1);
      expect(decorated).toBeLessThanOrEqual(4);
    },
  );

  it.each(['protected', 'windowed'] as const)('settles within two microtasks: %s', async (method) => {
    expect(await ticksOf(() => service.bare())).toBe(1);
    expect(await ticksOf(() => service[method]())).toBe(2);
  });

  it('starts no timer', async () => {
    await service.protected();
    await service.windowed();
    expect(app.clock.pending).toBe(0);
  });
});

describe('a call that fails twice, with no wait between', () => {
  it('starts no timer either', async () => {
    await expect(service.flaky()).resolves.toBe('done');
    expect(service.failures).toBe(3);
    expect(app.clock.pending).toBe(0);
  });

  // an error captures every frame between it and its caller, which costs more than the decision about it
  it.each(['flaky', 'untyped'] as const)(
    'has one frame of this library between each attempt and its caller: %s',
    async (method) => {
      await service[method]();
      service.stacks.length = 0;
      await expect(service[method]()).resolves.toBe('done');
      const frames = service.stacks.map((stack) => stack.match(/[/\\]lib[/\\][\w/\\-]+\.[jt]s/g));
      const looped = [expect.stringMatching(/retry-loop/)];
      expect(frames).toEqual([[expect.stringMatching(/wrap-method/)], looped, looped]);
    },
  );

  // an attempt that follows the first at once begins before the caller's promise is linked to it
  it('keeps its caller in the stack of the last error', async () => {
    async function placeOrder(): Promise<string> {
      return await service.flaky();
    }
    service.stacks.length = 0;
    await placeOrder();
    expect([service.stacks[0], service.stacks[2]]).toEqual(
      Array(2).fill(expect.stringContaining('placeOrder')),
    );
  });
});
