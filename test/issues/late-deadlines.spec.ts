import { expect, it } from '@jest/globals';
import type { AttemptContext } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';

const policy = { timeout: { attempt: 8000, total: 10_000 }, retry: { baseDelay: 0 } };

it('ends each call by its own total timeout, however long their first attempts took', async () => {
  const { service, clock } = await startApplication();
  const call = (firstTakes: number) =>
    service
      .execute(policy, ({ attempt }: AttemptContext) =>
        attempt > 1
          ? new Promise(() => undefined)
          : new Promise((_, reject) => void clock.setTimeout(() => reject(new Error('down')), firstTakes)),
      )
      .catch((error: unknown) => [(error as { scope?: string }).scope, clock.now()]);
  const slow = call(6000);
  await clock.advance(1000);
  const swift = call(1000);
  await clock.advance(20_000);
  expect(await Promise.all([slow, swift])).toEqual([
    ['total', 10_000],
    ['total', 11_000],
  ]);
});

it('sends the key that the first attempt has seen with all that follow', async () => {
  const { service } = await startApplication();
  const seen: string[] = [];
  const work = ({ attempt, idempotencyKey }: AttemptContext) => {
    seen.push(idempotencyKey);
    if (attempt < 3) throw new Error('down');
    return 'fine';
  };
  await service.execute(policy, work);
  expect(seen).toHaveLength(3);
  expect(new Set(seen).size).toBe(1);
});

it('tells a first attempt of the end of the application', async () => {
  const { service, module } = await startApplication();
  let signal: AbortSignal | undefined;
  const call = service.execute(policy, (attempt: AttemptContext) => {
    signal = attempt.signal;
    return new Promise(() => undefined);
  });
  const ended = expect(call).rejects.toMatchObject({ code: 'RESILIENCE_SHUTDOWN' });
  await module.close();
  await ended;
  expect(signal?.aborted).toBe(true);
});
