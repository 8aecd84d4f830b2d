import type { Attempt } from './attempt-context.js';
import type { EarlyAttempt } from './early-attempt.js';

/** Any function that may be a method. */
export type Method = (this: unknown, ...args: unknown[]) => unknown;

/** What a pipeline runs, once per attempt. */
export interface Operation {
  readonly method: Method;
  readonly self: unknown;
  /** The arguments of the call, from which a keyed circuit takes its key. */
  readonly args: readonly unknown[];
  /** Which argument is to be the attempt, if one is. */
  readonly attemptAt?: number | undefined;
  /** The caller's abort. */
  readonly signal?: AbortSignal | undefined;
  /** When the call began, in monotonic milliseconds, if something was done for it before. Default: when it is run. */
  readonly startedAt?: number | undefined;
  /** The key itself, where the caller knows it; wins over `args`. */
  readonly key?: string | undefined;
  /** The first attempt, if it was made before the call was. */
  readonly early?: EarlyAttempt | undefined;
  /** False if running it again after this error could do something twice. Default: always true. */
  readonly mayRepeat?: (error: unknown) => boolean;
  /** False if a second attempt must not run beside the first. Default: what `mayRepeat` says without an error. */
  readonly mayHedge?: boolean | undefined;
  /** Milliseconds that the next attempt has to wait before it is made; throws if it is not to be made at all. */
  readonly holdBack?: ((timeLeft: number) => number) | undefined;
  /** Makes an attempt in place of `method`: a stream, whose attempt tells of its first value and ends with the stream. */
  readonly stream?: ((attempt: Attempt) => Promise<unknown>) | undefined;
}

/** The states of one name. */
interface Family<S> {
  forKey(key: string): S;
  forCall(args: readonly unknown[]): S;
}

/** The state of the task's key, or of the key of its arguments. */
export function stateFor<S>(family: Family<S>, { key, args }: Operation): S {
  return stateOf(family, args, key);
}

/** The state of the key, or of the key of the arguments. */
export function stateOf<S>(family: Family<S>, args: readonly unknown[], key: string | undefined): S {
  return key === undefined ? family.forCall(args) : family.forKey(key);
}

/** Runs an attempt; a method that throws before it returns its promise has failed like any other. */
export function startAttempt(task: Operation, attempt: Attempt): Promise<unknown> {
  if (task.early && attempt.attempt === 1) task.early.follow(attempt);
  try {
    if (task.stream) return task.stream(attempt);
    return Promise.resolve(task.method.apply(task.self, argumentsWith(task, attempt)));
  } catch (error) {
    return Promise.reject(error);
  }
}

/** The arguments of one attempt. */
export function argumentsWith({ args, attemptAt }: Operation, attempt: unknown): unknown[] {
  if (attemptAt === undefined) return args as unknown[];
  const all = [...args];
  while (all.length < attemptAt) all.push(undefined);
  all[attemptAt] = attempt;
  return all;
}
