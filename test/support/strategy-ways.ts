import { Resilient } from 'nestjs-breakwater';
import type { AttemptContext, PolicyOptions, ResilienceModuleOptions } from 'nestjs-breakwater';
import { Attempt } from 'nestjs-breakwater';
import { startApplication } from './application.js';
import type { TestApplication } from './application.js';

/** Runs a function through the policy `p`. */
export type Run = (
  work: (attempt: AttemptContext) => unknown,
  options?: { key?: string; signal?: AbortSignal },
) => Promise<unknown>;

/** An application with the policy `p`, and one way of calling through it. */
export interface Scenario extends TestApplication {
  readonly run: Run;
}

type Start = (policy: PolicyOptions, options?: ResilienceModuleOptions) => Promise<Scenario>;

const withPolicy = (policy: PolicyOptions, options: ResilienceModuleOptions = {}) => ({
  ...options,
  policies: { p: policy },
});

/** A method whose first attempt takes the short path. */
const decorated: Start = async (policy, options) => {
  class Work {
    @Resilient('p')
    async run(work: () => unknown, _options?: object): Promise<unknown> {
      return work();
    }
  }
  const app = await startApplication(withPolicy(policy, options), Work);
  const service = app.module.get(Work);
  return { ...app, run: (work, how) => service.run(work as () => unknown, how) };
};

/** A method that asks for its attempt. */
const asking: Start = async (policy, options) => {
  class Work {
    @Resilient('p')
    async run(
      work: (attempt: AttemptContext) => unknown,
      @Attempt() attempt?: AttemptContext,
      _options?: object,
    ): Promise<unknown> {
      return work(attempt as AttemptContext);
    }
  }
  const app = await startApplication(withPolicy(policy, options), Work);
  const service = app.module.get(Work);
  return { ...app, run: (work, how) => service.run(work, undefined, how) };
};

const executed: Start = async (policy, options) => {
  const app = await startApplication(withPolicy(policy, options));
  return { ...app, run: (work, how) => app.service.execute('p', work, how) };
};

/** The ways in which a call reaches its strategies: each promise holds for all of them. */
export const strategyWays: [way: string, start: Start][] = [
  ['a decorated method', decorated],
  ['a method that asks for its attempt', asking],
  ['execute', executed],
];

/** Work that is under way until it is settled by hand. */
export function pending(): { promise: Promise<string>; resolve: (value: string) => void } {
  let resolve: (value: string) => void = () => undefined;
  const promise = new Promise<string>((onValue) => (resolve = onValue));
  return { promise, resolve };
}
