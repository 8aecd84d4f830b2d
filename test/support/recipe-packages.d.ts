/** As much of other packages as the recipes of the docs use, so that their code can be compiled without them. */
declare module 'pg' {
  export class PoolClient {
    query(sql: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
    release(): void;
  }
  export class Pool {
    connect(): Promise<PoolClient>;
  }
}

declare module 'stripe' {
  export default class Stripe {
    constructor(key: string, config?: { maxNetworkRetries?: number; timeout?: number });
    paymentIntents: {
      create(
        params: { amount: number; currency: string },
        options?: { idempotencyKey?: string },
      ): Promise<{ id: string; status: string }>;
    };
  }
}

declare module 'openai' {
  interface Completion {
    choices: { message: { content: string | null } }[];
  }
  export default class OpenAI {
    constructor(config?: { apiKey?: string; maxRetries?: number });
    chat: {
      completions: {
        create(
          body: { model: string; messages: { role: 'user'; content: string }[] },
          options?: { signal?: AbortSignal | undefined },
        ): Promise<Completion>;
      };
    };
  }
}

declare module '@nestjs/config' {
  import type { DynamicModule } from '@nestjs/common';
  export class ConfigModule {
    static forRoot(options?: { isGlobal?: boolean }): DynamicModule;
  }
  export class ConfigService {
    get<T>(key: string): T | undefined;
    get<T>(key: string, fallback: T): T;
    getOrThrow<T>(key: string): T;
  }
}
