import { Resilient } from 'nestjs-breakwater';
import type { AttemptContext, PolicyOptions, ResilienceModuleOptions } from 'nestjs-breakwater';
import { Attempt } from 'nestjs-breakwater';
import { startApplication } from './application.js';
import type { TestApplication } from './application.js';
import { overHttp } from './http-way.js';

/** Runs a function through the policy `p`. */
export type Run = (
  work: (attempt: AttemptContext) => unknown,
  options?: { key?: string; signal?: AbortSignal },
) => Promise<unknown>;

/** An application with the policy `p`, and one way of calling through it. */
export interface Scenario extends TestApplication {
  readonly run: Run;
  /** What the circuit and the bulkhead of a key are called; without a key, those of calls that bring none. */
  readonly nameOf: (key?: string) => string;
  /** Whether the function is given its attempt. */
  readonly passesAttempts: boolean;
  /** Waits until nothing but time can change anything. */
  readonly settle: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export type Start = (policy: PolicyOptions, options?: ResilienceModuleOptions) => Promise<Scenario>;

const withPolicy = (policy: PolicyOptions, options: ResilienceModuleOptions = {}) => ({
  ...options,
  policies: { p: policy },
});

/** A scenario within this process. */
const scenario = (app: TestApplication, run: Run, passesAttempts = true): Scenario => ({
  ...app,
  run,
  passesAttempts,
  nameOf: (key) => (key === undefined ? 'p' : `p[${key}]`),
  settle: () => new Promise((resolve) => void setImmediate(resolve)),
  stop: () => app.module.close(),
});

/** A method whose first attempt takes the fast path, and does not listen to a signal. */
const decorated: Start = async (policy, options) => {
  class Work {
    @Resilient('p')
    async run(work: () => unknown, _options?: object): Promise<unknown> {
      return work();
    }
  }
  const app = await startApplication(withPolicy(policy, options), Work);
  const service = app.module.get(Work);
  return scenario(app, (work, how) => service.run(work as () => unknown, how), false);
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
  return scenario(app, (work, how) => service.run(work, undefined, how));
};

const executed: Start = async (policy, options) => {
  const app = await startApplication(withPolicy(policy, options));
  return scenario(app, (work, how) => app.service.execute('p', work, how));
};

/** The ways in which a call reaches its strategies: each promise holds for all of them. */
export const strategyWays: [way: string, start: Start][] = [
  ['a decorated method', decorated],
  ['a method that asks for its attempt', asking],
  ['execute', executed],
  ['the HTTP client', overHttp],
];

/** For the `key` of a strategy: the key that a decorated call brings. */
export const byKey = (...args: unknown[]): string => String((args.at(-1) as { key?: string }).key);

/** Work that is under way until it is settled by hand. */
export function pending() {
  let resolve: (value: string) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<string>((onValue, onError) => ((resolve = onValue), (reject = onError)));
  // what nobody waits for any more may fail
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
