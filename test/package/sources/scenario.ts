import 'reflect-metadata';
import { strict as assert } from 'node:assert';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  CircuitBreaker,
  CircuitBreakerRegistry,
  CircuitOpenException,
  ResilienceModule,
  ResilientHttpService,
  Retryable,
} from 'nestjs-breakwater';
import type { PolicyOptions } from 'nestjs-breakwater';
import { ManualClock } from 'nestjs-breakwater/testing';

const clock = new ManualClock();
const booking: PolicyOptions = {
  timeout: undefined,
  retry: { maxRetries: 2, baseDelay: '10m', maxDelay: '1h' },
};

@Injectable()
export class Carrier {
  bookings = 0;
  inquiries = 0;

  // no @Inject(): this is where an application notices that its compiler emits no metadata
  constructor(private readonly http: ResilientHttpService) {}

  @Retryable('booking')
  async book(order: string): Promise<string> {
    if (++this.bookings < 3) throw new Error('busy');
    return `${order} is booked`;
  }

  @CircuitBreaker({ failureThreshold: 2, recoveryTimeout: '30s' })
  async quote(): Promise<number> {
    this.inquiries++;
    throw new Error('down');
  }

  async track(url: string): Promise<string> {
    const { data, attempts } = await this.http.get<{ place: string }>(url);
    return `${data.place} after ${attempts} attempts`;
  }
}

@Module({
  imports: [ResilienceModule.forRoot({ clock, random: () => 0.5, policies: { booking } })],
  providers: [Carrier],
})
export class AppModule {}

/** Moves the time of the application until the call has settled; sockets live in real time. */
async function settle<T>(call: Promise<T>, step: number): Promise<T> {
  let isSettled = false;
  const settled = () => (isSettled = true);
  call.then(settled, settled);
  for (const end = performance.now() + 10_000; !isSettled && performance.now() < end;) {
    await clock.advance(step);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return call;
}

/** A real upstream: the first request meets a 503, the next one an answer. */
async function withUpstream<T>(use: (url: string) => Promise<T>): Promise<T> {
  let requests = 0;
  const server = createServer((_request, response) => {
    const isUp = ++requests > 1;
    response.writeHead(isUp ? 200 : 503, { 'content-type': 'application/json' });
    response.end(isUp ? '{"place":"Rotterdam"}' : '{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/parcels/1`);
  } finally {
    server.close();
  }
}

export async function scenario(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
  const carrier = app.get(Carrier);

  assert.equal(await settle(carrier.book('A-1'), 60_000), 'A-1 is booked');
  assert.equal(carrier.bookings, 3);
  assert.ok(clock.now() >= 600_000, 'the waits were on the manual clock');

  for (let call = 0; call < 2; call++) await assert.rejects(carrier.quote(), /down/);
  await assert.rejects(carrier.quote(), (error) => error instanceof CircuitOpenException);
  assert.equal(carrier.inquiries, 2);
  assert.equal(app.get(CircuitBreakerRegistry).get('Carrier.quote')?.state, 'open');

  const place = await withUpstream((url) => settle(carrier.track(url), 10));
  assert.equal(place, 'Rotterdam after 2 attempts');
  await app.close();
}
