import { AsyncLocalStorage } from 'node:async_hooks';
import { expect, it } from '@jest/globals';
import { Hedge, Retryable, ResilienceEvents, Timeout } from 'nestjs-breakwater';
import type { AttemptContext } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';

const user = new AsyncLocalStorage<string>();
const USERS = ['alice', 'bob', 'carol'];
const never = () => new Promise<never>(() => undefined);

/** Each attempt, and who it ran for. */
const seen: string[] = [];
const look = (what: string) => seen.push(`${what} as ${user.getStore()}`);

class Payments {
  private readonly calls = new Map<string, number>();

  @Retryable({ maxRetries: 1, baseDelay: 0 })
  @Timeout(100)
  async timed(id: string): Promise<string> {
    return this.run(id);
  }

  @Hedge({ delay: 50 })
  async hedged(id: string): Promise<string> {
    return this.run(id);
  }

  private run(id: string): Promise<string> | string {
    const attempt = (this.calls.get(id) ?? 0) + 1;
    this.calls.set(id, attempt);
    look(`${id}, attempt ${attempt}`);
    return attempt === 1 ? never() : id;
  }
}

async function interleaved(
  clock: { advance(ms: number): Promise<void> },
  call: (id: string) => Promise<unknown>,
): Promise<void> {
  seen.length = 0;
  const calls: Promise<unknown>[] = [];
  for (const id of USERS) {
    calls.push(user.run(id, () => call(id)).catch(() => undefined));
    await clock.advance(10);
  }
  await clock.advance(1000);
  await Promise.all(calls);
}

const expected = (...attempts: number[]) =>
  USERS.flatMap((id) => attempts.map((attempt) => `${id}, attempt ${attempt} as ${id}`)).sort();

it('repeats a call after a time-out in the context of its own caller', async () => {
  const { module, clock, service } = await startApplication({}, Payments);
  const payments = module.get(Payments);
  await interleaved(clock, (id) => payments.timed(id));
  expect([...seen].sort()).toEqual(expected(1, 2));
  const policy = { timeout: 100, retry: { maxRetries: 1, baseDelay: 0 } };
  await interleaved(clock, (id) =>
    service.execute(policy, ({ attempt }) => (look(`${id}, attempt ${attempt}`), never())),
  );
  expect([...seen].sort()).toEqual(expected(1, 2));
  await module.close();
});

it('hedges a call in the context of its own caller, and tells listeners there', async () => {
  const { module, clock } = await startApplication({}, Payments);
  const payments = module.get(Payments);
  const told: (string | undefined)[] = [];
  module.get(ResilienceEvents).on('hedge.started', () => void told.push(user.getStore()));
  await interleaved(clock, (id) => payments.hedged(id));
  expect([...seen].sort()).toEqual(expected(1, 2));
  expect(told).toEqual(USERS);
  await module.close();
});

it('aborts a signal in the context of its own caller, whoever ends the call', async () => {
  const { module, clock, service } = await startApplication();
  const run = (signal?: AbortSignal) => (id: string) =>
    service.execute(
      { timeout: signal ? '1h' : 100 },
      ({ signal: own }: AttemptContext) => {
        own.addEventListener('abort', () => look(id));
        return never();
      },
      signal && { signal },
    );
  await interleaved(clock, run());
  expect(seen).toEqual(USERS.map((id) => `${id} as ${id}`));

  seen.length = 0;
  const controller = new AbortController();
  const calls = USERS.map((id) => user.run(id, () => run(controller.signal)(id).catch(() => undefined)));
  await clock.advance(10);
  user.run('stranger', () => controller.abort());
  await Promise.all(calls);
  expect(seen).toEqual(USERS.map((id) => `${id} as ${id}`));
  await module.close();
});
