import { CircuitBreaker, Fallback, Hedge, RateLimit, Resilient, Retryable, Timeout } from 'nestjs-breakwater';
import type { PolicyName, RetryOptions } from 'nestjs-breakwater';
import type { Observable } from 'rxjs';

declare const options: RetryOptions;
declare const maybe: RetryOptions | undefined;
declare const policy: PolicyName;
declare const stream: Observable<number>;

export class Accepted {
  @Retryable()
  @Timeout()
  async bare(): Promise<void> {}

  @Retryable(options)
  @Timeout(250)
  async given(): Promise<void> {}

  @Retryable(maybe)
  @Timeout('2s')
  async optional(): Promise<void> {}

  @Retryable(policy)
  @Timeout(policy)
  async named(): Promise<void> {}

  @Retryable(policy, options)
  @Timeout('limits', { total: '5s' })
  async overridden(): Promise<void> {}

  @Fallback(() => 0)
  @Resilient()
  observe(): Observable<number> {
    return stream;
  }

  @Retryable()
  async generic<T>(value: T): Promise<T> {
    return value;
  }
}

export class Misspelt {
  // @ts-expect-error an option that does not exist
  @Retryable({ maxRetry: 3 })
  async one(): Promise<void> {}

  // @ts-expect-error a backoff that does not exist
  @Retryable({ backoff: 'exponental' })
  async two(): Promise<void> {}

  // @ts-expect-error a number is no text
  @Retryable('payments', { maxRetries: '3' })
  async three(): Promise<void> {}

  // @ts-expect-error a limit that does not exist
  @Timeout({ atempt: '2s' })
  async four(): Promise<void> {}

  // @ts-expect-error a limit belongs to no other limit
  @Timeout(250, { total: '2s' })
  async five(): Promise<void> {}

  // @ts-expect-error a strategy that does not exist
  @Resilient({ retyr: {} })
  async six(): Promise<void> {}

  // @ts-expect-error parentheses are missing
  @CircuitBreaker
  async seven(): Promise<void> {}

  // @ts-expect-error the fallback wants an argument that the method does not have
  @Fallback((_error: unknown, symbol: string) => symbol.length)
  async eight(): Promise<number> {
    return 1;
  }
}

export class OneWay {
  @Retryable()
  async *untyped() {
    yield 1;
  }

  @Hedge({ delay: '50ms' })
  async *plain(): AsyncGenerator<number> {
    yield 1;
  }

  @RateLimit({ limit: 1, interval: '1s' })
  async *takesNothing(): AsyncGenerator<number, void, undefined> {
    yield 1;
  }

  @Timeout('2s')
  async *ignoresWhatItTakes(): AsyncGenerator<number, void, unknown> {
    yield 1;
  }

  @Retryable()
  async *takesVoid(): AsyncGenerator<number, void, void> {
    yield 1;
  }

  @Retryable()
  async *iterates<T>(value: T): AsyncIterableIterator<T> {
    yield value;
  }
}

export class TwoWay {
  // @ts-expect-error a generator that takes values
  @Retryable()
  async *takes(): AsyncGenerator<number, void, string> {
    const text = yield 1;
    yield text.length;
  }

  // @ts-expect-error a generator that may take values
  @CircuitBreaker()
  async *mayTake(): AsyncGenerator<number, void, string | undefined> {
    const text = yield 1;
    yield text?.length ?? 0;
  }

  // @ts-expect-error a generator that takes values, with a fallback that fits
  @Fallback(() => 0)
  async *takesWithFallback(): AsyncGenerator<number, void, string> {
    yield 1;
  }

  // @ts-expect-error a generator that takes values, with a method for its fallback
  @Fallback('none')
  async *takesWithMethod(): AsyncGenerator<number, void, string> {
    yield 1;
  }

  none(): number {
    return 0;
  }
}
