import { Fallback, Retryable } from 'nestjs-breakwater';

export class Readable {
  @Retryable({ maxRetry: 3 })
  async misspelt(): Promise<void> {}

  @Fallback(() => 'none')
  async answered(): Promise<number> {
    return 1;
  }

  @Retryable()
  async *takes(): AsyncGenerator<number, void, string> {
    yield 1;
  }
}
