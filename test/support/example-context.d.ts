/** What the examples in the TSDoc take for granted: what a Nest application has injected, and the user's own names. */
import type {
  BulkheadRegistry,
  CircuitBreakerRegistry,
  RateLimitRegistry,
  ResilienceCache,
  ResilienceEvents,
  ResilienceHealth,
  ResilienceMetrics,
  ResilienceService,
  ResilientFetch,
  ResilientHttpService,
  RetryBudgetRegistry,
} from 'nestjs-breakwater';
import type { AxiosInstance } from 'axios';
import type { expect as Expect, jest as Jest } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';

declare global {
  const http: ResilientHttpService;
  const resilience: ResilienceService;
  const circuits: CircuitBreakerRegistry;
  const bulkheads: BulkheadRegistry;
  const events: ResilienceEvents;
  const health: ResilienceHealth;
  const metrics: ResilienceMetrics;
  const rateLimits: RateLimitRegistry;
  const budgets: RetryBudgetRegistry;
  const cache: ResilienceCache;
  const CACHE_MANAGER: string;
  const error: unknown;
  const order: string;
  const payments: { charge(order: string): Promise<string> };
  const pager: { notify(text: string): void };
  const simplePage: string;
  const axios: { create(): AxiosInstance };
  const jest: typeof Jest;
  const expect: typeof Expect;
  const app: INestApplicationContext;
  interface Item {
    name: string;
  }
  function charge(order: string, options: { signal: AbortSignal }): Promise<string>;
  function gauge(name: string, value: number): void;
  function later(ms: number): Promise<void>;
  function post(): Promise<unknown>;
  function render(): Promise<string>;
  class AppModule {}
  class PaymentsService {
    charge(order: string): Promise<string>;
  }
  class SomeSdk {
    constructor(options: { fetch: ResilientFetch });
  }
}
