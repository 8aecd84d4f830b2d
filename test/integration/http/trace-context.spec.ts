import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import axios from 'axios';
import { axiosTransport, fetchTransport } from 'nestjs-breakwater';
import type { HttpClientOptions } from 'nestjs-breakwater';
import { ManualClock } from 'nestjs-breakwater/testing';
import { answer, FaultServer, hang } from '../../support/fault-server/fault-server.js';
import { eventually, startHttp, stopHttp } from '../../support/http-application.js';

const upstream = await FaultServer.start();
const provider = new BasicTracerProvider();
const tracer = provider.getTracer('test');
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
// sends the `traceparent` of the active span with each request of undici and of the built-in fetch
const instrumentation = new UndiciInstrumentation();
instrumentation.setTracerProvider(provider);

afterEach(stopHttp);
afterAll(async () => {
  instrumentation.disable();
  context.disable();
  propagation.disable();
  await provider.shutdown();
  await upstream.stop();
});

/** What the instrumentation of Node's http module does, as an interceptor. */
function tracedAxios() {
  const instance = axios.create({ proxy: false });
  instance.interceptors.request.use((config) => {
    propagation.inject(context.active(), config.headers, {
      set: (headers, name, value) => headers.set(name, value),
    });
    return config;
  });
  return instance;
}

/** Sends a request within a span of its own; `traceId` is that of the span. */
function callWithin(run: () => Promise<unknown>): { traceId: string; ended: Promise<unknown> } {
  const span = tracer.startSpan('caller', { root: true });
  const ended = context.with(trace.setSpan(context.active(), span), run);
  return { traceId: span.spanContext().traceId, ended };
}

/** The trace ids that have come with the requests of a path, in order. */
const traceIdsAt = (path: string) =>
  upstream.arrived
    .filter((request) => request.path === path)
    .map(({ headers }) => headers.traceparent?.split('-')[1]);

const PATHS = ['/alice', '/bob', '/carol'];

const transports: [string, () => HttpClientOptions][] = [
  ['undici', () => ({})],
  ['fetch', () => ({ transport: fetchTransport() })],
  ['axios', () => ({ transport: axiosTransport(tracedAxios()) })],
];

const policies: [string, HttpClientOptions][] = [
  ['a retry after a time-out', { timeout: { attempt: 100 } }],
  [
    'a retry after a time-out and a pause',
    { timeout: { attempt: 100 }, retry: { baseDelay: 20, jitter: 'none' } },
  ],
  ['a hedge', { timeout: false, hedge: { delay: 50 } }],
];

describe.each(transports)('requests that overlap, over %s', (_name, transport) => {
  it.each(policies)('carry the trace id of their own caller: %s', async (_what, policy) => {
    const clock = new ManualClock();
    const options = { baseUrl: upstream.url, circuitBreaker: false, ...transport(), ...policy } as const;
    const { http } = await startHttp(options, { clock });
    upstream.play();
    for (const path of PATHS) upstream.playAt(path, hang, answer(200));
    const calls: ReturnType<typeof callWithin>[] = [];
    for (const [index, path] of PATHS.entries()) {
      calls.push(callWithin(() => http.get(path)));
      await eventually(() => upstream.arrived.length > index);
      await clock.advance(3);
    }
    // not so far that second attempts run out of time, whose answers take real time
    await clock.advance(150);
    await Promise.all(calls.map(({ ended }) => ended));
    expect(PATHS.map(traceIdsAt)).toEqual(calls.map(({ traceId }) => [traceId, traceId]));
  });
});
