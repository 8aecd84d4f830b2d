import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { filter, map } from 'rxjs';
import { ResilienceEvents } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';
import type { TestApplication } from '../support/application.js';

let app: TestApplication;
let events: ResilienceEvents;
beforeEach(async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
  app = await startApplication();
  events = app.module.get(ResilienceEvents);
});
afterEach(async () => {
  jest.useRealTimers();
  await app.module.close();
});

const broken = () => {
  throw new Error('a bug of the subscriber');
};

const fail = () =>
  app.service
    .execute({ retry: { maxRetries: 1, baseDelay: 0 } }, () => Promise.reject(new Error('down')))
    .catch((error: Error) => error.message);

it.each<[string, () => unknown]>([
  ['a function', () => events.asObservable().subscribe(broken)],
  ['an observer', () => events.asObservable().subscribe({ next: broken })],
  ['a function behind operators', () => events.asObservable().pipe(filter(Boolean)).subscribe(broken)],
  ['an operator', () => events.asObservable().pipe(map(broken)).subscribe()],
  [
    'an operator that tells its observer',
    () => events.asObservable().pipe(map(broken)).subscribe({ error: broken }),
  ],
])('a subscriber that throws breaks neither a call nor the process: %s', async (_what, subscribe) => {
  subscribe();
  const seen: string[] = [];
  events.asObservable().subscribe(({ type }) => seen.push(type));
  expect(await fail()).toBe('down');
  // rxjs throws again in a timer what a subscriber has thrown
  jest.runAllTimers();
  expect(seen).toEqual(['retry.scheduled', 'retry.exhausted', 'call.settled']);
});

it('a subscriber that has left hears nothing more', async () => {
  const seen: string[] = [];
  const subscription = events.asObservable().subscribe(({ type }) => seen.push(type));
  subscription.unsubscribe();
  await fail();
  expect(seen).toEqual([]);
});
