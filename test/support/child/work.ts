import { Bulkhead, CircuitBreaker, Retryable, Timeout } from 'nestjs-breakwater';

/** What calls go through that are to leave nothing behind. */
export class Work {
  @Retryable()
  @CircuitBreaker()
  @Timeout('10s')
  @Bulkhead({ maxConcurrent: 100 })
  async plain(value: number): Promise<number> {
    return value;
  }

  @Retryable()
  @CircuitBreaker()
  @Timeout('10s')
  @Bulkhead({ maxConcurrent: 100 })
  async abortable(value: number, _signal: AbortSignal): Promise<number> {
    return value;
  }
}
