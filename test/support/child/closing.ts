/**
 * A process of its own: an application in which calls wait everywhere is told to end, by the way that the first argument
 * names. It tells on stdout what the callers were told, and ends by itself if nothing is left behind.
 */
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  Bulkhead,
  CircuitBreaker,
  Hedge,
  RateLimit,
  ResilienceEvents,
  ResilienceModule,
  ResilientHttpService,
  Retryable,
  Timeout,
} from 'nestjs-breakwater';
import { pendingTimers } from './counting-clock.js';

const never = () => new Promise<never>(() => undefined);

class Work {
  @Retryable({ baseDelay: '1h', jitter: 'none', maxDelay: '1h' })
  async backoff(): Promise<never> {
    throw new Error('not now');
  }

  @Bulkhead({ maxConcurrent: 1, maxQueue: 1, maxWait: '1h' })
  async bulkhead(): Promise<never> {
    return never();
  }

  @RateLimit({ limit: 1, interval: '1h', maxWait: '1h' })
  async rateLimit(): Promise<void> {}

  @Hedge({ delay: '1h' })
  async hedge(): Promise<never> {
    return never();
  }

  @Timeout('1h')
  async timeout(): Promise<never> {
    return never();
  }

  @Timeout({ total: '1h' })
  async total(): Promise<never> {
    return never();
  }

  @Retryable()
  @CircuitBreaker({ key: (tenant: string) => tenant, failureRate: 0.5 })
  async keyed(tenant: string): Promise<string> {
    return tenant;
  }
}

@Controller()
class WorkController {
  @Get()
  @Retryable({ baseDelay: '1h', jitter: 'none', maxDelay: '1h' })
  async wait(): Promise<never> {
    throw new Error('not now');
  }
}

const told: Record<string, unknown> = {};
const listen = (what: string, call: Promise<unknown>) =>
  void call.then(
    (answer) => (told[what] = answer),
    (error: { code?: string; message: string }) => (told[what] = error.code ?? error.message),
  );

/** Tells what was told while other hooks and the HTTP server are still at work. */
class Report {
  async beforeApplicationShutdown(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    writeSync(1, JSON.stringify({ told, pending: pendingTimers() }));
  }
}

const http = { timeout: { attempt: '1h', total: '2h' }, retry: { baseDelay: '1h', maxRetryAfter: '2h' } };

@Module({
  imports: [ResilienceModule.forRoot({ http, shutdown: { grace: 0 } })],
  controllers: [WorkController],
  providers: [Work, Report],
})
class App {}

/** Answers what its path asks for, or never. */
let seen = 0;
const upstream = createServer(({ url }, response) => {
  seen++;
  if (url !== '/never') response.writeHead(503, url === '/later' ? { 'retry-after': '3600' } : {}).end();
});
upstream.listen(0, '127.0.0.1');
await once(upstream, 'listening');
upstream.unref();
const base = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;

const app = await NestFactory.create(App, { logger: false });
app.enableShutdownHooks(['SIGTERM']);
await app.listen(0, '127.0.0.1');
let planned = 0;
app.get(ResilienceEvents).on('retry.scheduled', () => planned++);
const work = app.get(Work);
const client = app.get(ResilientHttpService);

for (const name of ['backoff', 'bulkhead', 'hedge', 'timeout', 'total'] as const) listen(name, work[name]());
listen('line of the bulkhead', work.bulkhead());
await Promise.all([work.rateLimit(), work.keyed('ann')]);
listen('line of the rate limit', work.rateLimit());
for (const path of ['never', 'failing', 'later']) listen(`http ${path}`, client.get(`${base}/${path}`));
listen(
  'request',
  fetch(await app.getUrl()).then(({ status }) => status),
);
// everything waits once four calls have planned a retry and the upstream has seen all requests
while (planned < 4 || seen < 3) await new Promise((resolve) => setImmediate(resolve));

if (process.argv[2] === 'signal') process.kill(process.pid, 'SIGTERM');
else await app.close();
