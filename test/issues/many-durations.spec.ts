import { expect, it } from '@jest/globals';
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
