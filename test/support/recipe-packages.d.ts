/** As much of other packages as the recipes of the docs use, so that their code can be compiled without them. */
declare module 'pg' {
  export class PoolClient {
    query(sql: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
    release(): void;
  }
  export class Pool {
    constructor(options?: { connectionString: string });
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

declare module 'bullmq' {
  export interface Job<T = unknown> {
    readonly name: string;
    readonly data: T;
    readonly attemptsMade: number;
    moveToDelayed(timestamp: number, token?: string): Promise<void>;
    waitUntilFinished(events: QueueEvents): Promise<unknown>;
  }
  export class Queue {
    add(name: string, data: object, options?: { attempts?: number }): Promise<Job>;
    obliterate(options: { force: boolean }): Promise<void>;
  }
  export class QueueEvents {
    constructor(name: string, options: { connection: object });
    waitUntilReady(): Promise<unknown>;
    close(): Promise<void>;
  }
  export class DelayedError extends Error {}
  export class UnrecoverableError extends Error {}
}

declare module '@nestjs/bullmq' {
  import type { DynamicModule } from '@nestjs/common';
  import type { Job } from 'bullmq';
  export class BullModule {
    static forRoot(options: { connection: object }): DynamicModule;
    static registerQueue(...options: { name: string }[]): DynamicModule;
  }
  export abstract class WorkerHost {
    abstract process(job: Job, token?: string): Promise<unknown>;
  }
  export function Processor(name: string): ClassDecorator;
  export function getQueueToken(name: string): string;
}

declare module '@nestjs-cls/transactional' {
  export function Transactional(): MethodDecorator;
  export class TransactionHost {
    readonly tx: unknown;
  }
  export class ClsPluginTransactional {
    constructor(options: { adapter: object });
  }
}

declare module '@willsoto/nestjs-prometheus' {
  import type { DynamicModule } from '@nestjs/common';
  export class PrometheusModule {
    static register(options?: { path?: string }): DynamicModule;
  }
}

declare module '@opentelemetry/exporter-metrics-otlp-http' {
  import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
  export const OTLPMetricExporter: new () => PushMetricExporter;
}

declare module '@opentelemetry/sdk-node' {
  export class NodeSDK {
    constructor(options: { metricReaders?: object[] });
    start(): void;
  }
}

declare module '@nestjs/cache-manager' {
  import type { DynamicModule } from '@nestjs/common';
  export const CACHE_MANAGER: string;
  export class CacheModule {
    static register(options: { isGlobal?: boolean }): DynamicModule;
  }
}

declare module 'cache-manager' {
  import type { CacheLike } from 'nestjs-breakwater';
  export function createCache(): CacheLike;
}

declare module 'cache-manager-6' {
  export { createCache } from 'cache-manager';
}

declare module '@keyv/redis' {
  export default class KeyvRedis {
    constructor(url: string);
  }
}
