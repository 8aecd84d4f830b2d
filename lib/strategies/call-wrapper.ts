import type { Label } from './label.js';

/** The place from which a call was answered: kept, kept too long, by a run of its own, or by the run of another call. */
export type CacheAnswer = 'hit' | 'stale' | 'miss' | 'coalesced';

/** Calls, by what has answered them. */
export type AnswerCounts = Record<CacheAnswer, number>;

/** A run of the inside of a call, for which several calls may wait. */
export interface SharedRun {
  /** Settles with the run; it has a handler already. */
  readonly result: Promise<unknown>;
  /** False once the run was given up: no call joins it any more. */
  readonly isOpen: boolean;
}

/**
 * Runs the inside of a call.
 *
 * @param call - the call that it is run for
 * @param shared - the run that it belongs to, where several calls wait for it
 */
export type RunInside = (call: WrappedCall, shared?: SharedRun) => Promise<unknown>;

/** Hears how a run ends, before the calls that wait for it. */
export interface RunWatcher {
  onValue(value: unknown): void;
  onFailure(): void;
}

/** Has a watcher hear of the end of a run before those that wait for the promise that it returns. */
export function watchEnd(running: Promise<unknown>, watcher: RunWatcher): Promise<unknown> {
  return running.then(
    (value) => {
      watcher.onValue(value);
      return value;
    },
    (error: unknown) => {
      watcher.onFailure();
      throw error;
    },
  );
}

/** The time for which an answer may be of use, in milliseconds from now. */
export interface AnswerLifetime {
  /** The time for which it answers without a question. */
  readonly fresh: number;
  /** The time for which it is kept. */
  readonly useful: number;
}

/** Judges the answers of one call where they say themselves how they may be used. */
export interface AnswerJudge {
  /** The time for which an answer that has come may be kept; undefined for one that must not be. */
  lifetimeOf(answer: unknown): AnswerLifetime | undefined;
  /** The {@link WrappedCall.cacheKey} of an answer that has come: it may say what its key is made of. */
  keyOf(answer: unknown): unknown;
  /** The key of the call, as answers that came since then have it; undefined if it is not known yet. */
  keyNow(): unknown;
  /** The use of a kept answer for the call: an answer at once, one at once that is renewed behind, or none without a question. */
  useOf(answer: unknown): 'hit' | 'stale' | 'miss';
  /** True if a kept answer may stand in for a failure. */
  mayStandIn(answer: unknown): boolean;
  /** True if the answer of another call's run answers this call, too. */
  isFor(answer: unknown): boolean;
  /** Has the run of the call ask whether a kept answer still holds; undefined if there is none. */
  askAbout(answer: unknown): void;
  /** The error of a call that wants a kept answer or none, where there is none. */
  refusal(): Error | undefined;
}

/** The knowledge of the answers of a call that its maker has, where they may be kept or shared. */
export interface AnswerForm {
  /** Most bytes of all answers that are kept under the same name. */
  readonly maxBytes?: number | undefined;
  /** Set where answers say themselves how they may be used; the options alone say it otherwise. */
  readonly judge?: AnswerJudge | undefined;
  /** The bytes of an answer; undefined for one that must not be kept. */
  weigh(answer: unknown): number | undefined;
  /** Makes what is kept of an answer outside of the process. */
  stored(answer: unknown): unknown;
  /** Makes an answer again of what was kept outside of the process; undefined for what cannot be one. */
  restored(stored: unknown): unknown;
  /** Makes the result of a call that was answered without a run of its own. */
  told(answer: unknown, by: CacheAnswer, attempts: number): unknown;
}

const asItIs = (answer: unknown): unknown => answer;

/** Answers of which nothing is known: they are kept and shared as they are, and none is weighed. */
export const PLAIN_ANSWERS: AnswerForm = {
  weigh: () => 0,
  stored: asItIs,
  restored: asItIs,
  told: asItIs,
};

/** A call, as the strategies around it see it. */
export interface WrappedCall {
  /** The name of the call in events. */
  readonly label: Label;
  readonly self: unknown;
  readonly args: readonly unknown[];
  /** The index of the argument that is replaced by the attempt, if one is. */
  readonly attemptAt?: number | undefined;
  readonly key?: string | undefined;
  /** The key of kept answers, where the caller brings it; wins over `key` and `args`. A promise of it is waited for. */
  cacheKey?: unknown;
  /** The caller's abort. */
  readonly signal?: AbortSignal | undefined;
  /** True once the caller has been given a part of the answer: the first value of a stream. */
  readonly hasAnswered: boolean;
  /** Set by a strategy that has answered in place of a failed call. */
  usedFallback: boolean;
  /** Set by the strategy that has answered, or has let the call run. */
  cache: CacheAnswer | undefined;
  /** The findings of {@link CallWrapper.look}. */
  found: Finding | undefined;
  /** Runs that began before this moment in their order are too old for the call. */
  freshFrom: number;
  /** Set by the strategy whose calls are counted by what has answered them. */
  counts: AnswerCounts | undefined;
  /** The knowledge of its answers. */
  readonly answers: AnswerForm;
  /** Waits for something that belongs to no run, no longer than the call may take. */
  within<T>(work: Promise<T>): Promise<T>;
  /** Begins a run that other calls may join; the call itself has to join it, too. */
  begin(run: RunInside, watcher: RunWatcher): SharedRun;
  /** Waits for a run. A call that leaves before its end leaves it to the others. */
  join(run: SharedRun): Promise<unknown>;
  /** The same call for no caller; undefined once the application closes. */
  behind(): WrappedCall | undefined;
}

/** An answer that is at hand. */
export interface KeptAnswer {
  readonly value: unknown;
}

/** The findings of a strategy that was asked for a kept answer. */
export interface Finding {
  /** The answer, if it is at hand. */
  readonly kept: KeptAnswer | undefined;
  /** The counters of the calls that it answers. */
  readonly counts: AnswerCounts;
}

/** A strategy around whole calls, such as a fallback. It runs in the async context of the caller. */
export interface CallWrapper {
  /** Runs the call, or answers in its place. */
  around(call: WrappedCall, run: RunInside): Promise<unknown>;
  /** Answers in place of a stream that has failed; throws the error if it has no answer. */
  recover?(error: unknown, call: WrappedCall): unknown;
  /**
   * Looks for an answer before anything is begun for a call, or made; never throws. Without one the call goes through
   * {@link around}, and takes the findings with it.
   */
  look?(self: unknown, args: readonly unknown[], attemptAt?: number, cacheKey?: unknown): Finding | undefined;
  /** True once the application has let go of its state: a pipeline that is kept for later use is made anew. */
  readonly isDropped?: boolean;
}
