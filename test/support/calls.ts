import type { ExecuteOptions, PolicyOptions } from 'nestjs-breakwater';
import type { TestApplication } from './application.js';

type Policy = string | PolicyOptions;

/** Runs a function that fails as told and then succeeds, and remembers when its attempts began. */
export function attempts(
  app: TestApplication,
  policy: Policy,
  failures: readonly unknown[],
  options: ExecuteOptions = {},
): { at: number[]; run: Promise<unknown> } {
  const at: number[] = [];
  const left = [...failures];
  const attempt = () => {
    at.push(app.clock.now());
    if (left.length === 0) return 'fine';
    throw left.shift();
  };
  const run = app.service.execute(policy, attempt, options);
  run.catch(() => undefined);
  return { at, run };
}

/** A call that is under way until it is settled by hand. */
export interface Pending {
  readonly result: Promise<unknown>;
  /** True once the function has begun to run. */
  readonly hasBegun: () => boolean;
  readonly succeed: () => Promise<unknown>;
  readonly fail: (error?: unknown) => Promise<unknown>;
}

/** Begins a call and leaves it under way. */
export function begin(app: TestApplication, policy: Policy, options: ExecuteOptions = {}): Pending {
  let begun = false;
  let resolve: (value: unknown) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const body = new Promise((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  // a refused call never runs, so nobody waits for what it was to tell
  body.catch(() => undefined);
  const run = () => {
    begun = true;
    return body;
  };
  const result = app.service.execute(policy, run, options);
  const settled = result.catch((error: unknown) => error);
  return {
    result,
    hasBegun: () => begun,
    succeed: () => (resolve('fine'), settled),
    fail: (error = new Error('down')) => (reject(error), settled),
  };
}

/** Calls that succeed, one after the other. */
export async function succeed(app: TestApplication, policy: Policy, times = 1): Promise<void> {
  for (let call = 0; call < times; call++) await app.service.execute(policy, () => 'fine');
}

/** Calls that fail, one after the other; resolves with what the last caller was told. */
export async function fail(
  app: TestApplication,
  policy: Policy,
  times = 1,
  error: unknown = new Error('down'),
): Promise<unknown> {
  let told: unknown;
  for (let call = 0; call < times; call++) {
    told = await app.service.execute(policy, () => Promise.reject(error)).catch((thrown: unknown) => thrown);
  }
  return told;
}
