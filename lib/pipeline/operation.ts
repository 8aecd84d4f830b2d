import type { BodyInterceptor, InterceptedCall, Interception } from '../strategies/body-interceptor.js';
import type { AnswerForm } from '../strategies/call-wrapper.js';
import type { CallTrace } from '../telemetry/call-trace.js';
import type { OwnedRun } from './around/owned-run.js';
import type { Attempt } from './attempt-context.js';
import type { Destinations } from './destinations.js';
import type { Permit } from './guards/permit.js';
import type { EarlyAttempt } from './methods/early-attempt.js';
import type { CallReport } from './settle.js';

/** Any function that may be a method. */
export type Method = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Makes one attempt of an operation, which may be a derived one.
 *
 * @param answer - gives what takes the place of the body's result
 */
export type MakeAttempt = (
  attempt: Attempt,
  operation: Operation,
  answer?: () => unknown,
) => Promise<unknown>;

/** Puts strategies in front of a body in a place of its own; returns the method for that. */
export type InterceptMethod = (interceptors: readonly BodyInterceptor[], call: InterceptedCall) => Method;

/** The work of a call, which its pipeline runs once per attempt. */
export interface Operation {
  readonly method: Method;
  readonly self: unknown;
  /** The arguments of the call, from which a keyed circuit takes its key. */
  readonly args: readonly unknown[];
  /** The index of the argument that is to be the attempt, if one is. */
  readonly attemptAt?: number | undefined;
  /**
   * Looks at the body's result, where its form is not known, and may put a promise in its place. The attempt is missing where
   * nothing can end it.
   */
  readonly awaited?: ((result: unknown, attempt?: Attempt) => unknown) | undefined;
  /** The caller's abort. */
  readonly signal?: AbortSignal | undefined;
  /** The monotonic milliseconds at which the call began, if something was done for it before. Default: when it is run. */
  readonly startedAt?: number | undefined;
  /** The key itself, where the caller knows it; wins over `args`. With destinations it is that of the last one chosen. */
  readonly key?: string | undefined;
  /** The places among which each attempt chooses, in place of the one of `args` and `key`. */
  readonly destinations?: Destinations | undefined;
  /** False if running it again after this error could do something twice. Default: always true. */
  readonly mayRepeat?: (error: unknown) => boolean;
  /** False if a second attempt must not run beside the first. Default: the answer of `mayRepeat` without an error. */
  readonly mayHedge?: boolean | undefined;
  /** Milliseconds that the next attempt has to wait before it is made; throws if it is not to be made at all. */
  readonly throttleDelay?: ((timeLeft: number) => number) | undefined;
  /** Makes an attempt where it takes more than calling `method`. */
  readonly makeAttempt?: MakeAttempt | undefined;
  /** True for a stream, whose attempt reports its first value and ends with the stream. */
  readonly isStream?: boolean | undefined;
  /** The decision about the first body, if the strategies in front of it were asked before. */
  readonly decided?: { readonly interception: Interception | undefined } | undefined;
  /** Puts strategies in front of a body that has a place of its own for them, such as in front of a transport. */
  readonly intercept?: InterceptMethod | undefined;
  /** The first attempt, if it was made before the form of its result was known. */
  readonly early?: EarlyAttempt | undefined;
  /** The permit of the first attempt, if the guards were asked before. */
  readonly acquired?: Permit | undefined;
  /** Set where strategies stand around the call: the engine reports the end to them instead of settling the call. */
  readonly report?: CallReport | undefined;
  /** Set where observers see the call. */
  readonly trace?: CallTrace | undefined;
  /** Set where several calls wait: the run that they share. */
  readonly sharedRun?: OwnedRun | undefined;
  /** The key of kept answers, where the caller knows it. */
  readonly cacheKey?: unknown;
  /** The knowledge of its answers, where they may be kept or shared. Default: none. */
  readonly answers?: AnswerForm | undefined;
}

/** The members of an operation that the strategies around its call change, before they let it run. */
export interface RunChanges {
  readonly args: readonly unknown[];
  readonly signal: AbortSignal | undefined;
  readonly startedAt: number | undefined;
  readonly report: CallReport;
  readonly sharedRun: OwnedRun | undefined;
}

/** An operation on its way through the strategies around its call: one shape, whatever made it, as V8 copies no other one as fast. */
class WrappedOperation implements Operation {
  readonly method: Method;
  readonly self: unknown;
  readonly args: readonly unknown[];
  readonly attemptAt: number | undefined;
  readonly awaited: Operation['awaited'];
  readonly signal: AbortSignal | undefined;
  readonly startedAt: number | undefined;
  readonly destinations: Destinations | undefined;
  readonly throttleDelay: Operation['throttleDelay'];
  readonly makeAttempt: MakeAttempt | undefined;
  readonly isStream: boolean | undefined;
  readonly early: EarlyAttempt | undefined;
  readonly acquired: Permit | undefined;
  readonly report: CallReport;
  readonly sharedRun: OwnedRun | undefined;
  readonly trace: CallTrace | undefined;

  constructor(
    private readonly inner: Operation,
    { args, signal, startedAt, report, sharedRun }: RunChanges,
  ) {
    this.method = inner.method;
    this.self = inner.self;
    this.args = args;
    this.attemptAt = inner.attemptAt;
    this.awaited = inner.awaited;
    this.signal = signal;
    this.startedAt = startedAt;
    this.destinations = inner.destinations;
    this.throttleDelay = inner.throttleDelay;
    this.makeAttempt = inner.makeAttempt;
    this.isStream = inner.isStream;
    this.early = inner.early;
    this.acquired = inner.acquired;
    this.report = report;
    this.sharedRun = sharedRun;
    this.trace = inner.trace;
  }

  get key(): string | undefined {
    return this.inner.key;
  }

  get mayHedge(): boolean | undefined {
    return this.inner.mayHedge;
  }

  get decided(): Operation['decided'] {
    return this.inner.decided;
  }

  get intercept(): Operation['intercept'] {
    return this.inner.intercept?.bind(this.inner);
  }

  mayRepeat(error: unknown): boolean {
    return this.inner.mayRepeat?.(error) ?? true;
  }
}

/** The operation as the strategies around its call let it run. */
export function runnable(operation: Operation, changes: RunChanges): Operation {
  return new WrappedOperation(operation, changes);
}

/** An operation as it is. */
export function sameOperation(operation: Operation): Operation {
  return operation;
}

/** The same operation with other members; one that is an object of a class keeps its methods. */
export function operationWith(operation: Operation, changes: Partial<Operation>): Operation {
  return Object.assign(Object.create(operation) as Operation, changes);
}

/** True for an operation whose first attempt needs more than the fast path has. */
export function needsRetryLoop({
  signal,
  throttleDelay,
  makeAttempt,
  trace,
  destinations,
}: Operation): boolean {
  return (signal ?? throttleDelay ?? makeAttempt ?? trace ?? destinations) !== undefined;
}

/** The key of an attempt: that of its destination, or that of the call. */
export function keyOfAttempt({ key, destinations }: Operation, attempt: number): string | undefined {
  return destinations?.keyOf(attempt) ?? key;
}

/**
 * Runs an attempt; a method that throws before it returns its promise has failed like any other. The result is a promise of this
 * realm, and is resolved once, whatever thenable the body returns.
 */
export function startAttempt(operation: Operation, attempt: Attempt): Promise<unknown> {
  const { makeAttempt, early } = operation;
  if (early && attempt.attempt === 1) early.follow(attempt);
  try {
    return makeAttempt ? makeAttempt(attempt, operation) : runBody(attempt, operation);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Runs the body of an attempt that nothing can end, and that is given none. */
export function startUnbounded({ method, self, args, awaited }: Operation): Promise<unknown> {
  try {
    const result = method.apply(self, args as unknown[]);
    return promiseOf(awaited ? awaited(result) : result);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Runs the body of an attempt, or follows the answer in its place. */
export function runBody(attempt: Attempt, operation: Operation, answer?: () => unknown): Promise<unknown> {
  const { method, self, awaited } = operation;
  const result = answer ? answer() : method.apply(self, argumentsWith(operation, attempt));
  return promiseOf(awaited ? awaited(result, attempt) : result);
}

/**
 * A plain promise as it is, or the promise of any other value. A lazy thenable begins to work when `then` is called: here that
 * happens once. A subclass of Promise may break `then`; its errors are those of the body.
 */
export function promiseOf(result: unknown): Promise<unknown> {
  return isPlainPromise(result) ? result : new Promise((resolve) => resolve(result));
}

const nativeThen: unknown = Reflect.get(Promise.prototype, 'then');

/** True for a promise whose `then` is certain not to throw. Looking at a foreign object may throw as well. */
function isPlainPromise(result: unknown): result is Promise<unknown> {
  try {
    return result instanceof Promise && result.constructor === Promise && result.then === nativeThen;
  } catch {
    return false;
  }
}

/** The arguments of one attempt. */
export function argumentsWith(
  { args, attemptAt }: Pick<Operation, 'args' | 'attemptAt'>,
  attempt: unknown,
): unknown[] {
  if (attemptAt === undefined) return args as unknown[];
  const all = [...args];
  while (all.length < attemptAt) all.push(undefined);
  all[attemptAt] = attempt;
  return all;
}
