/** As much of other packages as the recipes of the docs use, so that their code can be compiled without them. */
declare module 'pg' {
  export class PoolClient {
    query(sql: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
    release(): void;
  }
  export class Pool {
    connect(): Promise<PoolClient>;
    end(): Promise<void>;
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
