import { from, isObservable, Observable, of, Subject, takeUntil } from 'rxjs';
import type { ObservableInput, Subscriber } from 'rxjs';
import type { Attempt } from '../attempt-context.js';
import type { EarlyAttempt } from '../early-attempt.js';
import type { Pipeline } from '../pipeline.js';
import { argumentsWith } from '../operation.js';
import type { MethodHandler } from './wrap-method.js';
import type { Method, Operation } from '../operation.js';

/** With what the attempt of a consumer who leaves is ended. */
export const UNSUBSCRIBED = new DOMException('The consumer has left', 'AbortError');

/** What a method has returned already, for the first attempt of the first call. */
export interface Seed {
  readonly result: unknown;
  /** The attempt that was made, where the method asks for it. */
  readonly early?: EarlyAttempt | undefined;
}

/** A method that returns an Observable: each subscription is one call, whose attempts subscribe to the method's own. */
export class ObservableMethod implements MethodHandler {
  constructor(private readonly pipeline: Pipeline) {}

  invoke(method: Method, self: unknown, args: unknown[]): Observable<unknown> {
    return this.observe(method, self, args);
  }

  /** The Observable of a call; a seed is used once, in the place of the first run of the method. */
  observe(method: Method, self: unknown, args: unknown[], seed?: Seed): Observable<unknown> {
    let unused = seed;
    return new Observable((subscriber) => {
      const source = (task: Operation, attempt: Attempt) => {
        const first = unused;
        unused = undefined;
        return first ? first.result : method.apply(self, argumentsWith(task, attempt));
      };
      const task = { ...this.pipeline.taskOf(method, self, args), early: unused?.early };
      this.subscribe(task, source, subscriber);
    });
  }

  private subscribe(bare: Operation, source: Source, subscriber: Subscriber<unknown>): void {
    const { pipeline } = this;
    const task: Operation = {
      ...bare,
      stream: (attempt) => pass(() => source(task, attempt), attempt, subscriber),
    };
    const call = pipeline.newCall(task);
    pipeline.budget?.countCall();
    // before it runs: a consumer may leave with the first value, which may come at once
    subscriber.add(() => call.unsubscribe(UNSUBSCRIBED));
    pipeline.run(call).then(
      () => subscriber.complete(),
      (error: unknown) => this.fail(error, task, subscriber),
    );
  }

  private fail(error: unknown, task: Operation, subscriber: Subscriber<unknown>): void {
    if (subscriber.closed) return;
    try {
      toObservable(this.pipeline.answerFor(error, task)).subscribe(subscriber);
    } catch (thrown) {
      subscriber.error(thrown);
    }
  }
}

type Source = (task: Operation, attempt: Attempt) => unknown;

/** One attempt: passes values on as they come, and ends with the source. */
function pass(source: () => unknown, attempt: Attempt, subscriber: Subscriber<unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = new Subject<void>();
    let isWanted = false;
    attempt.onAbort(() => aborted.next());
    toObservable(source())
      .pipe(takeUntil(aborted))
      .subscribe({
        next: (value) => {
          isWanted ||= attempt.answer();
          if (isWanted) subscriber.next(value);
        },
        error: reject,
        complete: resolve,
      });
  });
}

/** A promise or a value in the place of an Observable is one with a single value. */
function toObservable(result: unknown): Observable<unknown> {
  if (isObservable(result)) return result;
  const isInput = typeof result === 'object' && result !== null && !Array.isArray(result);
  const isStream = isInput && (Symbol.asyncIterator in result || 'then' in result || 'subscribe' in result);
  return isStream ? from(result as ObservableInput<unknown>) : of(result);
}
