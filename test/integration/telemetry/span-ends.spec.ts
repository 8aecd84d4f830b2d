import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { Cache, Retryable, Timeout } from 'nestjs-breakwater';
import type { PolicyOptions } from 'nestjs-breakwater';
import { openTelemetry } from 'nestjs-breakwater/opentelemetry';
import { NEVER, of } from 'rxjs';
import type { Observable } from 'rxjs';
import { startApplication } from '../../support/application.js';
import type { TestApplication } from '../../support/application.js';

const begun: string[] = [];
const ended: ReadableSpan[] = [];
const tracerProvider = new BasicTracerProvider({
  spanProcessors: [
    {
      onStart: (span) => void begun.push(span.name),
      onEnd: (span) => void ended.push(span),
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    },
  ],
});
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

let app: TestApplication;
afterEach(async () => {
  await app.module.close();
  begun.length = 0;
  ended.length = 0;
});
afterAll(() => context.disable());

async function start(policy: PolicyOptions, ...providers: object[]): Promise<void> {
  const telemetry = { exporters: [openTelemetry({ tracerProvider, spans: true })] };
  app = await startApplication({ policies: { p: policy }, telemetry }, ...providers);
}

/** The spans that have ended, with their outcomes; all that have begun are among them. */
function outcomes(): unknown[] {
  expect(ended.map(({ name }) => name).sort()).toEqual([...begun].sort());
  return ended.map(({ name, attributes }) => `${name}: ${String(attributes['breakwater.outcome'])}`).sort();
}

const forEver = () => new Promise<string>(() => undefined);
const quick = { baseDelay: '1s', jitter: 'none', budget: false } as const;

@Injectable()
class Orders {
  @Timeout('5s')
  watch(): Observable<number> {
    return NEVER;
  }

  @Retryable(quick)
  list(): Observable<number> {
    return of(1, 2, 3);
  }

  @Retryable(quick)
  async *page(): AsyncGenerator<number> {
    yield await Promise.resolve(1);
    yield await Promise.resolve(2);
  }

  @Cache({ ttl: '1m' })
  async find(id: number): Promise<number> {
    return Promise.resolve(id);
  }
}

describe('each span that has begun ends', () => {
  it('as its caller aborts during an attempt', async () => {
    await start({ timeout: '5s' });
    const caller = new AbortController();
    const call = app.service.execute('p', forEver, { signal: caller.signal });
    caller.abort();
    await expect(call).rejects.toThrow();
    expect(outcomes()).toEqual(['p attempt: aborted', 'p: aborted']);
  });

  it('as its caller aborts the wait before a retry', async () => {
    await start({ retry: quick });
    const caller = new AbortController();
    const call = app.service.execute('p', () => Promise.reject(new Error('down')), {
      signal: caller.signal,
    });
    const settled = expect(call).rejects.toThrow();
    await app.clock.advance(500);
    caller.abort();
    await settled;
    expect(outcomes()).toEqual(['p attempt: failure', 'p: aborted']);
  });

  it.each(['attempt', 'total'] as const)('as the time of its %s is over', async (scope) => {
    await start({ timeout: { [scope]: '5s' } });
    const call = expect(app.service.execute('p', forEver)).rejects.toThrow();
    await app.clock.advance(6000);
    await call;
    expect(outcomes()).toEqual(['p attempt: timeout', 'p: failure']);
  });

  it('as the application closes during an attempt and during the wait before a retry', async () => {
    await start({ retry: quick, timeout: { attempt: '5s' } });
    const attempt = app.service.execute('p', forEver).catch(() => undefined);
    const wait = app.service.execute('p', () => Promise.reject(new Error('x'))).catch(() => undefined);
    await app.clock.advance(500);
    const closed = app.module.close();
    await app.clock.advance(60_000);
    await Promise.all([attempt, wait, closed]);
    expect(outcomes()).toHaveLength(4);
  });

  it('as the wait for a place of a bulkhead is aborted', async () => {
    await start({ bulkhead: { maxConcurrent: 1, maxQueue: 1 } });
    const holder = new AbortController();
    const waiter = new AbortController();
    const held = app.service.execute('p', forEver, { signal: holder.signal });
    const waiting = app.service.execute('p', forEver, { signal: waiter.signal });
    waiter.abort();
    await expect(waiting).rejects.toThrow();
    holder.abort();
    await expect(held).rejects.toThrow();
    expect(outcomes()).toEqual(['p attempt: aborted', 'p: aborted', 'p: aborted']);
  });

  it('as an Observable completes, is left, and runs out of time', async () => {
    await start({}, Orders);
    const orders = app.module.get(Orders);
    orders.list().subscribe();
    await app.clock.advance(0);
    expect(outcomes()).toEqual(['Orders.list attempt: success', 'Orders.list: success']);
    orders.watch().subscribe().unsubscribe();
    await app.clock.advance(0);
    expect(outcomes()).toHaveLength(4);
    orders.watch().subscribe({ error: () => undefined });
    await app.clock.advance(6000);
    expect(outcomes()).toHaveLength(6);
  });

  it('as an async iteration is left', async () => {
    await start({}, Orders);
    for await (const number of app.module.get(Orders).page()) {
      expect(number).toBe(1);
      break;
    }
    expect(outcomes()).toHaveLength(2);
  });

  it('as a cache answers', async () => {
    await start({}, Orders);
    const orders = app.module.get(Orders);
    await orders.find(7);
    await orders.find(7);
    await Promise.all([orders.find(8), orders.find(8)]);
    expect(outcomes()).toHaveLength(begun.length);
  });

  it('as a hedge wins', async () => {
    await start({ hedge: { delay: '1s' } });
    let first = true;
    const call = app.service.execute('p', () => {
      if (!first) return Promise.resolve('fine');
      first = false;
      return forEver();
    });
    await app.clock.advance(2000);
    await call;
    expect(outcomes()).toEqual(['p attempt: aborted', 'p attempt: success', 'p: success']);
  });
});

describe('the span of a call', () => {
  it('is not left active in its caller, nor in a call beside it', async () => {
    await start({ retry: quick, timeout: '5s' });
    let first = true;
    const active = () => trace.getActiveSpan();
    const call = app.service.execute('p', () => {
      if (!first) return Promise.resolve('fine');
      first = false;
      return Promise.reject(new Error('x'));
    });
    expect(active()).toBeUndefined();
    const after = call.then(active);
    await app.clock.advance(2000);
    expect(await after).toBeUndefined();
    const parents = ended
      .filter(({ name }) => name === 'p')
      .map(({ parentSpanContext }) => parentSpanContext);
    expect(parents).toEqual([undefined]);
  });
});
