import { from, isObservable, Observable, of, Subject, takeUntil } from 'rxjs';
import type { ObservableInput, Subscriber } from 'rxjs';
import type { WrappedCall } from '../../strategies/call-wrapper.js';
import { recover } from '../around/through.js';
import type { Attempt } from '../attempt-context.js';
import { argumentsWith } from '../operation.js';
import type { MakeAttempt, Method, Operation } from '../operation.js';
import { answeringWithStreams, KeptObservable } from './kept-observable.js';
import type { PassValues } from './kept-observable.js';
import type { Pipeline } from '../pipeline.js';
import { StreamMethod } from './stream-method.js';
import type { FirstResult } from './stream-method.js';

/** The error with which the attempt of a consumer that leaves is ended. */
export const UNSUBSCRIBED = new DOMException('The consumer has left', 'AbortError');

/** A method that returns an Observable: each subscription is one call, whose attempts subscribe to the method's own. */
export class ObservableMethod extends StreamMethod {
  /** The pipeline of calls whose answers are kept or shared. */
  private keeping: Pipeline | undefined = undefined;

  invoke(method: Method, self: unknown, args: unknown[]): Observable<unknown> {
    return this.observe(method, self, args);
  }

  /** The Observable of a call; the first result is used once, in the place of the first run of the method. */
  observe(method: Method, self: unknown, args: unknown[], firstResult?: FirstResult): Observable<unknown> {
    let unused = firstResult;
    const source = (operation: Operation, attempt: Attempt) => {
      const first = unused;
      unused = undefined;
      return first ? first.result : method.apply(self, argumentsWith(operation, attempt));
    };
    const passTo: PassValues = (operation, attempt, next, answer = () => source(operation, attempt)) =>
      pass(answer, attempt, next);
    return new Observable((subscriber) => {
      const bare = this.operationOf({ method, self, args }, unused);
      if (this.pipeline.keepsAnswers) return this.subscribeKept(bare, passTo, subscriber);
      const next = (value: unknown) => subscriber.next(value);
      const makeAttempt: MakeAttempt = (attempt, _, answer) => passTo(bare, attempt, next, answer);
      return this.subscribe({ ...bare, makeAttempt }, subscriber);
    });
  }

  private subscribeKept(operation: Operation, pass: PassValues, subscriber: Subscriber<unknown>): void {
    this.keeping ??= answeringWithStreams(this.pipeline);
    const kept = new KeptObservable(this.keeping, operation, pass, subscriber);
    // before it runs: a consumer may leave with the first value, which may come at once
    subscriber.add(() => kept.leave(UNSUBSCRIBED));
    kept.run((answer) => toObservable(answer).subscribe(subscriber));
  }

  private subscribe(operation: Operation, subscriber: Subscriber<unknown>): void {
    const call = this.open(operation);
    // before it runs: a consumer may leave with the first value, which may come at once
    subscriber.add(() => call.leave(UNSUBSCRIBED));
    call.run(
      () => subscriber.complete(),
      (error, wrapped) => this.fail(error, wrapped, subscriber),
    );
  }

  private fail(error: unknown, call: WrappedCall, subscriber: Subscriber<unknown>): void {
    if (subscriber.closed) return;
    try {
      toObservable(recover(this.pipeline.wrappers, error, call)).subscribe(subscriber);
    } catch (thrown) {
      subscriber.error(thrown);
    }
  }
}

/** One attempt: passes values on as they come, and ends with the source. */
function pass(source: () => unknown, attempt: Attempt, next: (value: unknown) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = new Subject<void>();
    let isWanted = false;
    attempt.onAbort(() => aborted.next());
    toObservable(source())
      .pipe(takeUntil(aborted))
      .subscribe({
        next: (value) => {
          isWanted ||= attempt.answer();
          if (isWanted) next(value);
        },
        error: reject,
        complete: resolve,
      });
  });
}

/** Makes an Observable with a single value of a promise or a value that stands in its place. */
function toObservable(result: unknown): Observable<unknown> {
  if (isObservable(result)) return result;
  const isInput = typeof result === 'object' && result !== null && !Array.isArray(result);
  const isStream = isInput && (Symbol.asyncIterator in result || 'then' in result || 'subscribe' in result);
  return isStream ? from(result as ObservableInput<unknown>) : of(result);
}
