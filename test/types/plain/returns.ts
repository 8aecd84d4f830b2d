import { Bulkhead, Fallback, Hedge, RateLimit, Resilient, Retryable, Timeout } from 'nestjs-breakwater';
import { Observable, of } from 'rxjs';

export class Fitting {
  @Timeout('2s')
  observe(): Observable<number> {
    return of(1);
  }

  @Bulkhead({ maxConcurrent: 2 })
  async *iterate(): AsyncIterable<number> {
    yield 1;
  }

  @RateLimit({ limit: 1, interval: '1s' })
  @Hedge({ delay: 'p95' })
  @Fallback(() => 0)
  async call(): Promise<number> {
    return 1;
  }
}

@Resilient('payments')
export class Whole {
  sync(): number {
    return 1;
  }
}

export class Refused {
  // @ts-expect-error text is no promise
  @Timeout('2s')
  text(): string {
    return '';
  }

  // @ts-expect-error nothing is no promise
  @Bulkhead({ maxConcurrent: 2 })
  nothing(): void {}

  // @ts-expect-error sometimes a promise is not enough
  @RateLimit({ limit: 1, interval: '1s' })
  sometimes(): number | Promise<number> {
    return 1;
  }

  // @ts-expect-error an iterable that is not asynchronous
  @Hedge({ delay: '50ms' })
  *iterate(): Generator<number> {
    yield 1;
  }

  // @ts-expect-error a thenable is no promise
  @Resilient('payments')
  thenable(): PromiseLike<number> {
    return Promise.resolve(1);
  }

  // @ts-expect-error the fallback answers with something else
  @Fallback(() => 'none')
  async other(): Promise<number> {
    return 1;
  }

  // @ts-expect-error a property is no method
  @Retryable()
  property = async () => 1;

  // @ts-expect-error a getter is no method
  @Retryable()
  get value(): Promise<number> {
    return Promise.resolve(1);
  }
}
