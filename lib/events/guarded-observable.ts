import { Observable, Subscriber } from 'rxjs';
import type { Observer, Operator, Subscription, TeardownLogic } from 'rxjs';

/** Runs user code whose errors are reported and go no further. */
type Guard = (run: () => unknown) => void;

/**
 * An Observable whose subscribers cannot break the process: rxjs throws the errors of a subscriber again in a timer, where
 * they end it. Operators keep that promise, because the Observables that they make are guarded too.
 */
export class GuardedObservable<T> extends Observable<T> {
  constructor(
    private readonly guard: Guard,
    subscribe?: (subscriber: Subscriber<T>) => TeardownLogic,
  ) {
    super(subscribe);
  }

  override lift<R>(operator?: Operator<T, R>): Observable<R> {
    const lifted = new GuardedObservable<R>(this.guard);
    lifted.source = this;
    lifted.operator = operator as Operator<unknown, R>;
    return lifted;
  }

  override subscribe(
    observerOrNext?: Partial<Observer<T>> | ((value: T) => void) | null,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription {
    // an operator subscribes with a subscriber of its own, and passes errors on
    if (observerOrNext instanceof Subscriber) return super.subscribe(observerOrNext);
    const observer = asObserver(observerOrNext, error, complete);
    const { guard } = this;
    return super.subscribe({
      next: (value) => guard(() => observer.next?.(value)),
      error: (thrown: unknown) =>
        guard(() => (observer.error ? observer.error(thrown) : Promise.reject(thrown))),
      complete: () => guard(() => observer.complete?.()),
    });
  }
}

/** Turns the arguments of `subscribe()` into one observer. */
function asObserver<T>(
  observerOrNext: Partial<Observer<T>> | ((value: T) => void) | null | undefined,
  error: ((error: unknown) => void) | null | undefined,
  complete: (() => void) | null | undefined,
): Partial<Observer<T>> {
  if (typeof observerOrNext === 'object' && observerOrNext !== null) return observerOrNext;
  return {
    ...(observerOrNext && { next: observerOrNext }),
    ...(error && { error }),
    ...(complete && { complete }),
  };
}
