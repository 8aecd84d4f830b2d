import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { PolicyOptions } from 'nestjs-breakwater';
import { openTelemetry } from 'nestjs-breakwater/opentelemetry';
import { startApplication } from '../../support/application.js';
import type { TestApplication } from '../../support/application.js';
import { answer, FaultServer } from '../../support/fault-server/fault-server.js';
import { startHttp, stopHttp } from '../../support/http-application.js';

const memory = new InMemorySpanExporter();
const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(memory)] });
const tracer = tracerProvider.getTracer('test');
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const upstream = await FaultServer.start();

afterEach(() => memory.reset());
afterEach(stopHttp);
afterAll(async () => {
  context.disable();
  await tracerProvider.shutdown();
  await upstream.stop();
});

class Broken extends Error {}
const broken = () => Promise.reject(new Broken('password is 1234'));
const fine = () => Promise.resolve('fine');
const forEver = () => new Promise(() => undefined);

/** Makes calls within the span of a caller, until they have settled; returns that span once it has ended. */
async function within(app: TestApplication, ...calls: [string, () => Promise<unknown>][]) {
  const span = tracer.startSpan('caller');
  const made = context.with(trace.setSpan(context.active(), span), () =>
    Promise.allSettled(calls.map(([policy, method]) => app.service.execute(policy, method))),
  );
  await app.clock.advance(60_000);
  await made;
  span.end();
  return spans().find(({ name }) => name === 'caller') as ReadableSpan;
}

const spans = () => memory.getFinishedSpans();
const named = (name: string) => spans().filter((span) => span.name === name);
const eventsOf = ({ events }: ReadableSpan) => events.map(({ name, attributes }) => [name, attributes]);

function start(policies: Record<string, PolicyOptions>, isSpans = false) {
  return startApplication({
    policies,
    telemetry: { exporters: [openTelemetry({ tracerProvider, spans: isSpans })] },
  });
}

const quick = { baseDelay: '30ms', jitter: 'none', budget: false } as const;

describe('the span that is active in the caller', () => {
  it('is told of retries and of those that are not made', async () => {
    const app = await start({
      p: { retry: { ...quick, maxRetries: 2, abortOn: [Broken] }, timeout: { attempt: '1s' } },
    });
    let first = true;
    const caller = await within(app, ['p', () => (first ? ((first = false), forEver()) : broken())]);
    const shared = { 'breakwater.name': 'p' };
    expect(eventsOf(caller)).toEqual([
      [
        'breakwater.timeout',
        {
          ...shared,
          'breakwater.attempt.number': 1,
          'breakwater.timeout.scope': 'attempt',
          'breakwater.timeout.limit': 1,
        },
      ],
      [
        'breakwater.retry',
        {
          ...shared,
          'breakwater.attempt.number': 2,
          'breakwater.delay.duration': 0.03,
          'breakwater.delay.source': 'backoff',
          'error.type': 'RESILIENCE_TIMEOUT',
        },
      ],
      [
        'breakwater.suppressed',
        {
          ...shared,
          'breakwater.attempt.number': 2,
          'breakwater.reason': 'not_retryable',
          'error.type': 'Broken',
        },
      ],
    ]);
    await app.module.close();
  });

  it('is told of refusals, hedges and fallbacks', async () => {
    const app = await start({
      limited: { rateLimit: { limit: 1, interval: '10s' } },
      hedged: { hedge: { delay: '1s' } },
      full: { bulkhead: { maxConcurrent: 1, maxQueue: 0 } },
    });
    let first = true;
    const caller = await within(
      app,
      ['limited', fine],
      ['limited', fine],
      ['hedged', () => (first ? ((first = false), forEver()) : fine())],
      ['full', () => new Promise((done) => app.clock.setTimeout(() => done(1), 5))],
      ['full', fine],
    );
    const told = eventsOf(caller).map(([name, attributes]) => [
      name,
      (attributes as Record<string, unknown>)['breakwater.name'],
      (attributes as Record<string, unknown>)['breakwater.strategy'],
    ]);
    expect(told.sort()).toEqual([
      ['breakwater.hedge', 'hedged', undefined],
      ['breakwater.rejected', 'full', 'bulkhead'],
      ['breakwater.rejected', 'limited', 'rate_limit'],
    ]);
    expect(spans()).toHaveLength(1);
    await app.module.close();
  });

  it('is that of each caller, however the calls overlap', async () => {
    const app = await start({ p: { retry: { ...quick, maxRetries: 1 }, timeout: { attempt: '1s' } } });
    const callers = ['alice', 'bob', 'carol'].map((name) => {
      const span = tracer.startSpan(name);
      const outcome = context.with(trace.setSpan(context.active(), span), () =>
        app.service.execute('p', forEver),
      );
      outcome.catch(() => undefined);
      return { span, outcome };
    });
    await app.clock.advance(10_000);
    await Promise.allSettled(callers.map(({ outcome }) => outcome));
    for (const { span } of callers) span.end();
    for (const span of spans())
      expect(span.events.map(({ name }) => name)).toEqual([
        'breakwater.timeout',
        'breakwater.retry',
        'breakwater.timeout',
      ]);
    await app.module.close();
  });
});

describe('with spans: true', () => {
  it('a call and each attempt have a span; an error that a retry mended is not on that of the call', async () => {
    const app = await start({ p: { retry: { ...quick, maxRetries: 2 } } }, true);
    let failures = 1;
    const caller = await within(app, ['p', () => (failures-- > 0 ? broken() : fine())]);
    const [call] = named('p');
    const attempts = named('p attempt');
    expect(call.parentSpanContext?.spanId).toBe(caller.spanContext().spanId);
    expect(call.kind).toBe(SpanKind.INTERNAL);
    expect(call.status).toEqual({ code: SpanStatusCode.UNSET });
    expect(call.attributes).toEqual({
      'breakwater.name': 'p',
      'breakwater.outcome': 'success',
      'breakwater.attempts': 2,
    });
    expect(attempts.map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual([
      call.spanContext().spanId,
      call.spanContext().spanId,
    ]);
    expect(attempts.map(({ attributes }) => attributes)).toEqual([
      {
        'breakwater.name': 'p',
        'breakwater.attempt.number': 1,
        'breakwater.attempt.kind': 'first',
        'breakwater.outcome': 'failure',
        'error.type': 'Broken',
      },
      {
        'breakwater.name': 'p',
        'breakwater.attempt.number': 2,
        'breakwater.attempt.kind': 'retry',
        'breakwater.outcome': 'success',
      },
    ]);
    // a message that is not the library's own is never shown
    expect(attempts.map(({ status }) => status)).toEqual([
      { code: SpanStatusCode.ERROR },
      { code: SpanStatusCode.UNSET },
    ]);
    expect(spans().flatMap(({ events }) => events.map(({ name }) => name))).toEqual(['breakwater.retry']);
    await app.module.close();
  });

  it('the body of an attempt runs in the span of the attempt', async () => {
    const app = await start({ p: {} }, true);
    const inside: unknown[] = [];
    await within(app, [
      'p',
      async () => {
        inside.push(trace.getActiveSpan()?.spanContext().spanId);
        await Promise.resolve();
        inside.push(trace.getActiveSpan()?.spanContext().spanId);
      },
    ]);
    const [attempt] = named('p attempt');
    expect(inside).toEqual([attempt.spanContext().spanId, attempt.spanContext().spanId]);
    await app.module.close();
  });

  it('a rejected call has failed, with the library’s own message and no attempt', async () => {
    const app = await start({ p: { circuitBreaker: { failureThreshold: 1 } } }, true);
    await within(app, ['p', broken]);
    memory.reset();
    await app.service.execute('p', fine, { key: 'tenant-7' }).catch(() => undefined);
    app.circuits.get('p')?.forceOpen();
    memory.reset();
    await within(app, ['p', fine]);
    const [call] = named('p');
    expect(call.attributes).toMatchObject({
      'breakwater.outcome': 'rejected',
      'breakwater.attempts': 0,
      'error.type': 'RESILIENCE_CIRCUIT_OPEN',
    });
    expect(call.status.code).toBe(SpanStatusCode.ERROR);
    expect(call.status.message).toContain("Circuit 'p'");
    expect(named('p attempt')).toEqual([]);
    expect(JSON.stringify(spans().map(({ attributes, status }) => [attributes, status]))).not.toContain(
      'tenant',
    );
    await app.module.close();
  });

  it('an attempt that another one has overtaken has not failed', async () => {
    const app = await start({ p: { hedge: { delay: '1s' } } }, true);
    let first = true;
    await within(app, ['p', () => (first ? ((first = false), forEver()) : fine())]);
    const told = named('p attempt').map(({ attributes, status }) => [
      attributes['breakwater.attempt.kind'],
      attributes['breakwater.outcome'],
      status.code,
    ]);
    expect(told.sort()).toEqual([
      ['first', 'aborted', SpanStatusCode.UNSET],
      ['hedge', 'success', SpanStatusCode.UNSET],
    ]);
    await app.module.close();
  });

  it('over HTTP a failed call and its attempts tell the status', async () => {
    const { http } = await startHttp(
      { baseUrl: upstream.url, retry: { maxRetries: 1, baseDelay: 1, budget: false } },
      { telemetry: { exporters: [openTelemetry({ tracerProvider, spans: true })] } },
    );
    upstream.play(answer(503), answer(503));
    await expect(http.get('/orders?token=secret')).rejects.toThrow();
    const attributes = spans().map((span) => [
      span.name,
      span.attributes['http.response.status_code'],
      span.attributes['error.type'],
    ]);
    expect(attributes).toEqual([
      ['http attempt', 503, '503'],
      ['http attempt', 503, '503'],
      ['http', 503, '503'],
    ]);
    expect(JSON.stringify(spans().map(({ attributes: all, status }) => [all, status]))).not.toContain(
      'secret',
    );
  });

  it('a closed application makes no more spans', async () => {
    const app = await start({ p: {} }, true);
    await app.module.close();
    await app.service.execute('p', fine).catch(() => undefined);
    expect(spans()).toEqual([]);
  });
});
