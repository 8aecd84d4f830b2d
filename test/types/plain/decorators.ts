import { Attempt, CircuitBreaker, isResilienceException, Retryable } from 'nestjs-breakwater';
import type { AttemptContext, ResilienceErrorCode, ResilienceEvents } from 'nestjs-breakwater';

export class Shipping {
  @Retryable()
  @CircuitBreaker('carrier', { failureThreshold: 3 })
  async book(order: string, @Attempt() attempt?: AttemptContext): Promise<string> {
    return `${order} ${attempt?.idempotencyKey ?? ''}`;
  }

  // @ts-expect-error neither a promise nor an observable
  @Retryable()
  price(): number {
    return 1;
  }

  // @ts-expect-error overrides belong to a policy
  @Retryable({ maxRetries: 1 }, { maxRetries: 2 })
  async track(): Promise<void> {}

  // @ts-expect-error options of another strategy
  @CircuitBreaker({ maxRetries: 1 })
  async cancel(): Promise<void> {}

  @Retryable({ retryOn: [TypeError, (error) => error !== undefined], onRetry: (event) => event.delay })
  async generic<T>(value: T): Promise<T> {
    return value;
  }
}

export function codeOf(error: unknown): ResilienceErrorCode | undefined {
  return isResilienceException(error) ? error.code : undefined;
}

export function listen(events: ResilienceEvents): void {
  events.on('retry.scheduled', (event) => event.delay.toFixed());
  // @ts-expect-error an event that does not exist
  events.on('retry.planned', () => undefined);
  // @ts-expect-error a circuit's event has no delay
  events.on('circuit.opened', (event) => event.delay);
}
