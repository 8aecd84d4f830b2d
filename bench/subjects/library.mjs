import { ResilienceModule } from '../../dist/esm/index.js';
import { decorate, start } from '../nest.mjs';
import { newServiceClass } from '../fresh.mjs';

export * from '../../dist/esm/index.js';

/** One service for each list of decorators, all in one application. */
export async function startLibrary(kind, decoratorLists) {
  const classes = decoratorLists.map((decorators) => decorate(newServiceClass(kind), ...decorators));
  const app = await start([ResilienceModule.forRoot()], classes);
  return { app, services: classes.map((Class) => app.get(Class)) };
}

/** Zero delay, and a budget that never runs out: the path itself is measured. */
export const atOnce = { baseDelay: 0, budget: { minPerSecond: 1e9 } };

export const rates = {
  count: { failureRate: 0.5, window: { calls: 100 } },
  time: { failureRate: 0.5, window: '10s' },
};

/** A rate limit that is asked, and never refuses. */
export const unlimited = { limit: 1e9, interval: 1000 };
