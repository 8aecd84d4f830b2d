import { AsyncLocalStorage } from 'node:async_hooks';

/** The options of calls within calls. */
export interface NestingOptions {
  /** True if only the outermost of several retrying layers repeats. */
  readonly retriesOutermost: boolean;
  /** True if no call outlives the deadline of the one around it. */
  readonly sharesDeadlines: boolean;
}

/** An attempt, as the calls within it see it. */
export interface AmbientAttempt {
  /** True if the attempt, or one around it, is made again after a failure. */
  readonly isRepeated: boolean;
  /** Monotonic milliseconds by which everything within must be over; Infinity for never. */
  readonly deadline: number;
}

interface Entered extends AmbientAttempt {
  isOver: boolean;
}

/** Knows which call runs within which attempt. An application has one only if its options ask for it. */
export class AmbientContext {
  private readonly storage = new AsyncLocalStorage<Entered>();

  constructor(readonly options: NestingOptions) {}

  /** The attempt within which this code runs; undefined for code that an ended attempt has left behind. */
  get outer(): AmbientAttempt | undefined {
    const entered = this.storage.getStore();
    return entered?.isOver ? undefined : entered;
  }

  /** Runs the body of an attempt. */
  enter(surrounding: AmbientAttempt, body: () => unknown): unknown {
    const entered: Entered = { ...surrounding, isOver: false };
    const end = () => void (entered.isOver = true);
    const running = this.storage.run(entered, body);
    if (!isThenable(running)) return running;
    // some thenables begin to work when they are asked: they are asked once
    const promise = Promise.resolve(running);
    promise.then(end, end);
    return promise;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}
