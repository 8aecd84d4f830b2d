import { expect, it } from '@jest/globals';
import { Timeout } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';

it('leaves no timer behind however many different durations are under way at once', async () => {
  const app = await startApplication();
  const durations = Array.from({ length: 200 }, (_, index) => 1000 + index);
  const finish: (() => void)[] = [];
  const work = () => new Promise<void>((resolve) => finish.push(resolve));
  const calls = durations.map((total) => app.service.execute({ timeout: { total } }, work));
  await app.clock.advance(0);
  expect(app.clock.pending).toBe(200);
  for (const end of finish) end();
  await Promise.all(calls);
  // those that are kept wait for the next call of their duration, and no longer than the application lives
  expect(app.clock.pending).toBeLessThanOrEqual(64);
  await app.module.close();
  expect(app.clock.pending).toBe(0);
});

class Quotes {
  @Timeout('1m')
  async hang(): Promise<never> {
    return new Promise(() => undefined);
  }
}

it('tells a decorated call of the end of the application, whatever durations came and went before it', async () => {
  const app = await startApplication({}, Quotes);
  for (let total = 1000; total < 1200; total++)
    await app.service.execute({ timeout: { total } }, () => 'fine');
  const call = app.module.get(Quotes).hang();
  await app.module.close();
  await expect(call).rejects.toMatchObject({ code: 'RESILIENCE_SHUTDOWN' });
  expect(app.clock.pending).toBe(0);
});
