import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import { CircuitBreakerRegistry, ResilienceModule, ResilientHttpService } from 'nestjs-breakwater';
import type { HttpClientOptions, ResilienceModuleOptions } from 'nestjs-breakwater';

/** A Nest application with an HTTP client, for tests against a fault server. */
export interface HttpApplication {
  readonly module: TestingModule;
  readonly http: ResilientHttpService;
  readonly circuits: CircuitBreakerRegistry;
}

const running = new Set<TestingModule>();

/** Starts one whose retries are quick and without a budget, unless the options say otherwise. */
export async function startHttp(
  http: HttpClientOptions = {},
  options: ResilienceModuleOptions = {},
): Promise<HttpApplication> {
  const quick = { retry: { baseDelay: 1, budget: false as const }, timeout: { attempt: 1000, total: 5000 } };
  const module = await Test.createTestingModule({
    imports: [ResilienceModule.forRoot({ http: { ...quick, ...http }, ...options })],
  }).compile();
  module.useLogger(false);
  await module.init();
  running.add(module);
  return { module, http: module.get(ResilientHttpService), circuits: module.get(CircuitBreakerRegistry) };
}

/** Ends all that were started. */
export async function stopHttp(): Promise<void> {
  await Promise.all([...running].map((module) => module.close()));
  running.clear();
}

/** Waits for something real, such as a socket that closes; fails after two seconds. */
export async function eventually(isTrue: () => boolean): Promise<void> {
  const end = performance.now() + 2000;
  while (!isTrue()) {
    if (performance.now() > end) throw new Error('it did not happen within two seconds');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
