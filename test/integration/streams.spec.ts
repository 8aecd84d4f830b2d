import { afterEach, describe, expect, it } from '@jest/globals';
import {
  concat,
  EMPTY,
  firstValueFrom,
  isObservable,
  lastValueFrom,
  NEVER,
  Observable,
  of,
  range,
  take,
  throwError,
  toArray,
} from 'rxjs';
import {
  Attempt,
  Bulkhead,
  BulkheadRegistry,
  CircuitBreaker,
  Fallback,
  Hedge,
  Resilient,
  Retryable,
  TimeoutException,
  Timeout,
} from 'nestjs-breakwater';
import type { AttemptContext } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';
import type { TestApplication } from '../support/application.js';

type Answers = Observable<unknown> | Observable<never>;

class Streams {
  runs = 0;
  signals: AbortSignal[] = [];
  answers: (() => Answers)[] = [];

  next(): Answers {
    const answer = this.answers[Math.min(this.runs++, this.answers.length - 1)];
    return answer();
  }

  @Retryable({ baseDelay: 100, jitter: 'none' })
  @CircuitBreaker({ failureThreshold: 5 })
  @Bulkhead({ maxConcurrent: 1 })
  @Timeout('1s')
  watch(): Observable<unknown> {
    return this.next();
  }

  @Retryable({ baseDelay: 0, resubscribeAfterValues: true })
  again(): Observable<unknown> {
    return this.next();
  }

  @Hedge({ delay: 100 })
  hedged(@Attempt() attempt?: AttemptContext): Observable<unknown> {
    this.signals.push((attempt as AttemptContext).signal);
    return this.next();
  }

  @Fallback(() => of('cached'))
  @Retryable({ maxRetries: 0 })
  safe(): Observable<unknown> {
    return this.next();
  }

  @Retryable({ baseDelay: 0 })
  undeclared(): Answers | Observable<string> {
    return this.next();
  }

  @Retryable({ baseDelay: 0 })
  undeclaredPromise(): Promise<string> | (PromiseLike<string> & Promise<string>) {
    return ++this.runs < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve('fine');
  }

  @Retryable({ baseDelay: 0 })
  @Timeout('1s')
  async *items(): AsyncGenerator<number> {
    this.runs++;
    if (this.runs === 1) throw new Error('not yet');
    try {
      yield 1;
      yield 2;
      if (this.runs < 3) throw new Error('later');
    } finally {
      this.runs += 10;
    }
  }

  @Retryable({ baseDelay: 0, resubscribeAfterValues: true })
  iterable(): AsyncIterable<number> {
    const run = ++this.runs;
    return (async function* () {
      if (run === 1) throw new Error('not yet');
      yield run;
      if (run === 2) throw new Error('in between');
    })();
  }
}

const failing = () => throwError((): Error => new Error('down'));
let app: TestApplication;
afterEach(() => app?.module.close());

async function start(...answers: (() => Answers)[]): Promise<Streams> {
  app = await startApplication({}, Streams);
  const streams = app.module.get(Streams);
  streams.answers = answers;
  return streams;
}

const all = (stream: Observable<unknown>) => lastValueFrom(stream.pipe(toArray()));
const running = () => app.module.get(BulkheadRegistry).get('Streams.watch')?.running;

describe('a method that returns an Observable', () => {
  it('runs on subscription, once per subscription', async () => {
    const streams = await start(() => of(1, 2, 3));
    const stream = streams.watch();
    expect(isObservable(stream)).toBe(true);
    expect(streams.runs).toBe(0);
    await expect(all(stream)).resolves.toEqual([1, 2, 3]);
    await expect(all(stream)).resolves.toEqual([1, 2, 3]);
    expect(streams.runs).toBe(2);
    expect(running()).toBe(0);
  });

  it('is subscribed to again before its first value only', async () => {
    const streams = await start(failing, failing, () => concat(of(1), failing()));
    const values: unknown[] = [];
    let error: unknown;
    streams
      .watch()
      .subscribe({ next: (value) => values.push(value), error: (thrown: unknown) => void (error = thrown) });
    await app.clock.advance(100);
    expect(values).toEqual([]);
    await app.clock.advance(200);
    expect(values).toEqual([1]);
    expect(error).toEqual(new Error('down'));
    expect(streams.runs).toBe(3);
  });

  it('is subscribed to again after values if that is wanted', async () => {
    const streams = await start(
      () => concat(of(1), failing()),
      () => of(2, 3),
    );
    await expect(all(streams.again())).resolves.toEqual([1, 2, 3]);
  });

  it('passes synchronous values on at once, also if there is no end to them', async () => {
    const streams = await start(() => range(0, Infinity));
    await expect(all(streams.watch().pipe(take(3)))).resolves.toEqual([0, 1, 2]);
    expect(running()).toBe(0);
  });

  it('may be empty', async () => {
    const streams = await start(() => EMPTY);
    await expect(all(streams.watch())).resolves.toEqual([]);
  });

  it('has a time limit until its first value, and holds its place until it ends', async () => {
    const streams = await start(() => NEVER);
    const waiting = firstValueFrom(streams.watch());
    waiting.catch(() => undefined);
    await app.clock.advance(4_700);
    await expect(waiting).rejects.toBeInstanceOf(TimeoutException);
    expect(streams.runs).toBe(4);
    streams.answers = [() => concat(of('first'), NEVER)];
    const values: unknown[] = [];
    const subscription = streams.watch().subscribe((value) => values.push(value));
    await app.clock.advance(10_000);
    expect([values, running()]).toEqual([['first'], 1]);
    subscription.unsubscribe();
    expect(running()).toBe(0);
    expect(app.told.map(({ type }) => type)).not.toContain('retry.suppressed');
  });

  it('is left at once by a consumer who unsubscribes, in a wait too', async () => {
    const streams = await start(failing);
    const subscription = streams.watch().subscribe({ error: () => undefined });
    await app.clock.advance(0);
    expect(app.clock.pending).toBeGreaterThan(0);
    subscription.unsubscribe();
    await app.clock.advance(10_000);
    expect(streams.runs).toBe(1);
    expect(running()).toBe(0);
  });

  it('is hedged until its first value: the loser is unsubscribed from and its signal aborts', async () => {
    let isLeft = false;
    const slow = () => new Observable<never>(() => () => void (isLeft = true));
    const streams = await start(slow, () => of('second'));
    const result = all(streams.hedged());
    await app.clock.advance(100);
    await expect(result).resolves.toEqual(['second']);
    expect(isLeft).toBe(true);
    expect(streams.signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  });

  it('has a fallback that goes on where it failed', async () => {
    const streams = await start(failing);
    await expect(all(streams.safe())).resolves.toEqual(['cached']);
  });

  it('is known by what it returns if its type does not say, and ends with the application', async () => {
    const streams = await start(
      failing,
      () => of(1),
      () => NEVER,
    );
    await expect(all(streams.undeclared())).resolves.toEqual([1]);
    expect(streams.runs).toBe(2);
    const third = streams.undeclared();
    expect(streams.runs).toBe(2);
    let error: unknown;
    third.subscribe({ error: (thrown: unknown) => void (error = thrown) });
    expect(streams.runs).toBe(3);
    await app.module.close();
    await app.clock.advance(0);
    expect(error).toMatchObject({ code: 'RESILIENCE_SHUTDOWN' });
  });

  it('is a promise if its type does not say and it returns one', async () => {
    const streams = await start();
    await expect(streams.undeclaredPromise()).resolves.toBe('fine');
    expect(streams.runs).toBe(3);
  });
});

describe('a method that returns an AsyncIterable', () => {
  it('is iterated again before its first item only', async () => {
    const streams = await start();
    const items: number[] = [];
    const iterate = async () => {
      for await (const item of streams.items()) items.push(item);
    };
    await expect(iterate()).rejects.toThrow('later');
    expect(items).toEqual([1, 2]);
  });

  it('is iterated again after items if that is wanted, and is known by what it returns', async () => {
    const streams = await start();
    const items: number[] = [];
    for await (const item of streams.iterable()) items.push(item);
    expect(items).toEqual([2, 3]);
  });

  it('is left when its consumer breaks off', async () => {
    const streams = await start();
    streams.runs = 5;
    for await (const item of streams.items()) if (item === 1) break;
    await app.clock.advance(0);
    expect(streams.runs).toBe(16);
  });
});

describe('a class with @Resilient', () => {
  @Resilient('p')
  class Whole {
    runs = 0;
    async answer(): Promise<string> {
      if (++this.runs < 3) throw new Error('not yet');
      return 'fine';
    }
    stream(): Observable<string> {
      return ++this.runs < 3 ? throwError((): Error => new Error('not yet')) : of('fine');
    }
    @Retryable({ maxRetries: 0 })
    async once(): Promise<string> {
      this.runs++;
      throw new Error('not yet');
    }
    count(): number {
      return this.runs;
    }
    onModuleInit(): void {
      this.runs = 0;
    }
  }

  it('has every public method protected, and leaves synchronous ones as they are', async () => {
    app = await startApplication({ policies: { p: { retry: { baseDelay: 0 } } } }, Whole);
    const whole = app.module.get(Whole);
    await expect(whole.answer()).resolves.toBe('fine');
    expect(whole.count()).toBe(3);
    expect(whole.count()).toBe(3);
    whole.runs = 0;
    await expect(lastValueFrom(whole.stream())).resolves.toBe('fine');
    await expect(whole.once()).rejects.toThrow('not yet');
    expect(whole.runs).toBe(4);
    expect(app.service.describe(Whole, 'answer').strategies).toEqual(['retry']);
  });
});
