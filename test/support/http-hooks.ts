import type { HttpClientOptions } from 'nestjs-breakwater';
import { ManualClock } from 'nestjs-breakwater/testing';
import { startHttp } from './http-application.js';

/** A client on virtual time, whose retries wait for nothing. */
export async function startOnClock(http: HttpClientOptions) {
  const clock = new ManualClock();
  const retry = { maxRetries: 2, baseDelay: 0, budget: false as const };
  return { clock, ...(await startHttp({ retry, ...http }, { clock })) };
}
