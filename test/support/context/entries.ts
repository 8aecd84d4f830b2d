import { Observable } from 'rxjs';
import { Attempt, Resilient } from 'nestjs-breakwater';
import type { AttemptContext, PolicyOptions } from 'nestjs-breakwater';
import { startApplicationOn } from '../application.js';
import type { TestApplication } from '../application.js';
import { ManualClock } from 'nestjs-breakwater/testing';
import { OwnedError } from './stage.js';
import type { Stage } from './stage.js';
import { axiosEntry, fetchEntry, undiciEntry } from './http-entries.js';

/** One call that is under way. */
export interface RunningCall {
  /** Resolves when the call has ended, however that was. */
  readonly ended: Promise<unknown>;
  /** The consumer of a stream leaves it. */
  readonly leave?: () => void;
}

/** Beside the user of a call: the caller's abort, and the key of its states. */
export interface CallOptions {
  readonly signal: AbortSignal | undefined;
  readonly key: string | undefined;
}

/** An application with one way of calling through the policy of a row. */
export interface Theatre {
  readonly app: TestApplication;
  readonly call: (user: string, options: CallOptions) => RunningCall;
  readonly stop: () => Promise<void>;
}

/** What user code an entry can have, beyond that of every entry. */
export type Ability = 'policy key' | 'result' | 'signal' | 'stream' | 'teardown' | 'observer' | 'http';

export interface Entry {
  readonly name: string;
  readonly abilities: readonly Ability[];
  readonly start: (stage: Stage, policy: PolicyOptions) => Promise<Theatre>;
}

type WorkClass = new () => object;

/** Ends a run of user code as its step says. */
async function perform(stage: Stage, user: string): Promise<string> {
  const step = stage.next(user);
  if (step === 'fail') throw new OwnedError(user);
  if (step === 'hang') return new Promise(() => undefined);
  if (step === 'slow') await pause(stage);
  return step;
}

const pause = (stage: Stage) => new Promise<void>((resolve) => stage.clock?.setTimeout(resolve, 20));

/** The same as a stream: after `stream` there is a value and no end. */
function observe(stage: Stage, user: string): Observable<string> {
  return new Observable((subscriber) => {
    stage.see('subscribe', user);
    perform(stage, user).then(
      (value) => {
        subscriber.next(value);
        if (value !== 'stream') subscriber.complete();
      },
      (error: unknown) => subscriber.error(error),
    );
    return () => stage.see('teardown', user);
  });
}

/** The same as an iterable whose consumer leaves by `return()`. */
function iterate(stage: Stage, user: string): AsyncIterableIterator<string> {
  const results: Promise<IteratorResult<string>>[] = [];
  return {
    next() {
      stage.see('next', user);
      results.push(resultAfter(stage, user, results.length));
      return results.at(-1) as Promise<IteratorResult<string>>;
    },
    async return() {
      stage.see('teardown', user);
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

const done = { done: true, value: undefined } as const;

async function resultAfter(stage: Stage, user: string, count: number): Promise<IteratorResult<string>> {
  if (count === 0) return { done: false, value: await perform(stage, user) };
  return done;
}

function promises(stage: Stage): WorkClass {
  class Work {
    @Resilient('p')
    async run(user: string, _options?: object): Promise<string> {
      return perform(stage, user);
    }
  }
  return Work;
}

function askingPromises(stage: Stage): WorkClass {
  class Work {
    @Resilient('p')
    async run(user: string, @Attempt() attempt?: AttemptContext, _options?: object): Promise<string> {
      if (stage.listens) stage.listen(attempt?.signal, user);
      return perform(stage, user);
    }
  }
  return Work;
}

/** Removes what a compiler without `emitDecoratorMetadata` does not write. */
function untyped(work: WorkClass): WorkClass {
  Reflect.deleteMetadata('design:returntype', work.prototype as object, 'run');
  return work;
}

function observables(stage: Stage): WorkClass {
  class Work {
    @Resilient('p')
    run(user: string): Observable<string> {
      return observe(stage, user);
    }
  }
  return Work;
}

function askingObservables(stage: Stage): WorkClass {
  class Work {
    @Resilient('p')
    run(user: string, @Attempt() attempt?: AttemptContext): Observable<string> {
      if (stage.listens) stage.listen(attempt?.signal, user);
      return observe(stage, user);
    }
  }
  return Work;
}

function generators(stage: Stage): WorkClass {
  class Work {
    @Resilient('p')
    async *run(user: string): AsyncGenerator<string> {
      try {
        const value = await perform(stage, user);
        yield value;
        // asked once more by a consumer who has had the value of an endless stream
        if (value === 'stream') yield value;
      } finally {
        stage.see('teardown', user);
      }
    }
  }
  return Work;
}

function iterables(stage: Stage): WorkClass {
  class Work {
    @Resilient('p')
    run(user: string, @Attempt() attempt?: AttemptContext): AsyncIterable<string> {
      if (stage.listens) stage.listen(attempt?.signal, user);
      return iterate(stage, user);
    }
  }
  return Work;
}

interface Runner<R> {
  run(user: string, ...rest: unknown[]): R;
}

/** Consumes what a method has returned. */
type Consume<R> = (returned: R, stage: Stage, user: string) => RunningCall;

const settled = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);

const awaited: Consume<Promise<unknown>> = (promise) => ({ ended: settled(promise) });

const subscribed: Consume<Observable<unknown>> = (stream, stage, user) => {
  let end: (value?: unknown) => void = () => undefined;
  const ended = new Promise((resolve) => (end = resolve));
  const subscription = stream.subscribe({
    next: () => stage.see('observer’s next', user),
    error: (error: unknown) => (stage.see('observer’s error', user), end(error)),
    complete: () => (stage.see('observer’s complete', user), end()),
  });
  return { ended, leave: () => (subscription.unsubscribe(), end()) };
};

/** Reads to the end, but leaves a stream that has yielded waiting for its consumer. */
const iterated: Consume<AsyncIterable<unknown>> = (iterable) => {
  const iterator = iterable[Symbol.asyncIterator]();
  const read = async () => {
    for (;;) {
      const { done: isDone, value } = await iterator.next();
      if (isDone || value === 'stream') return;
    }
  };
  return { ended: settled(read()), leave: () => void settled(Promise.resolve(iterator.return?.())) };
};

/** An entry of a decorated method. */
function method<R>(work: (stage: Stage) => WorkClass, consume: Consume<R>, asks = false): Entry['start'] {
  return async (stage, policy) => {
    const Work = work(stage);
    const clock = new ManualClock();
    stage.clock = clock;
    const app = await startApplicationOn(clock, { policies: { p: policy } }, Work);
    const runner = app.module.get<Runner<R>>(Work);
    const call = (user: string, { signal }: CallOptions) => {
      const rest = signal ? [{ signal }] : [];
      return consume(asks ? runner.run(user, undefined, ...rest) : runner.run(user, ...rest), stage, user);
    };
    return { app, call, stop: () => app.module.close() };
  };
}

const execute: Entry['start'] = async (stage, policy) => {
  const clock = new ManualClock();
  stage.clock = clock;
  const app = await startApplicationOn(clock, { policies: { p: policy } });
  const call = (user: string, options: CallOptions) => {
    const body = (attempt: AttemptContext) => {
      if (stage.listens) stage.listen(attempt.signal, user);
      return perform(stage, user);
    };
    return { ended: settled(app.service.execute('p', body, options)) };
  };
  return { app, call, stop: () => app.module.close() };
};

const streams = ['policy key', 'stream', 'teardown'] as const;

/** The ways in which a call enters the library. */
export const entries: readonly Entry[] = [
  { name: 'a method', abilities: ['policy key', 'result'], start: method(promises, awaited) },
  {
    name: 'a method with @Attempt()',
    abilities: ['policy key', 'result', 'signal'],
    start: method(askingPromises, awaited, true),
  },
  {
    name: 'a method of unknown type',
    abilities: ['policy key', 'result'],
    start: method((stage) => untyped(promises(stage)), awaited),
  },
  { name: 'execute', abilities: ['result', 'signal'], start: execute },
  { name: 'an Observable', abilities: [...streams, 'observer'], start: method(observables, subscribed) },
  {
    name: 'an Observable with @Attempt()',
    abilities: [...streams, 'signal', 'observer'],
    start: method(askingObservables, subscribed, true),
  },
  { name: 'an async generator', abilities: ['policy key', 'stream'], start: method(generators, iterated) },
  {
    name: 'an async iterable with @Attempt()',
    abilities: [...streams, 'signal'],
    start: method(iterables, iterated, true),
  },
  { name: 'HTTP over undici', abilities: ['http', 'result'], start: undiciEntry },
  { name: 'HTTP over fetch', abilities: ['http', 'result', 'signal'], start: fetchEntry },
  { name: 'HTTP over axios', abilities: ['http', 'result', 'signal'], start: axiosEntry },
];
