import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import axios from 'axios';
import { Agent } from 'undici';
import { axiosTransport, fetchTransport, resendAttributes } from 'nestjs-breakwater';
import type { HttpClientOptions } from 'nestjs-breakwater';
import { answer, FaultServer, redirect, reset } from '../../support/fault-server/fault-server.js';
import { eventually, startHttp, stopHttp } from '../../support/http-application.js';

const upstream = await FaultServer.start();
const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const tracer = provider.getTracer('test');
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const instrumentation = new UndiciInstrumentation({ startSpanHook: resendAttributes });
instrumentation.setTracerProvider(provider);

beforeEach(() => exporter.reset());
afterEach(stopHttp);
afterAll(async () => {
  instrumentation.disable();
  context.disable();
  await provider.shutdown();
  await upstream.stop();
});

/** Runs something within a span of its own; resolves with that span's id. */
async function within(run: () => Promise<unknown>): Promise<string> {
  const span = tracer.startSpan('caller');
  await context.with(trace.setSpan(context.active(), span), run);
  return span.spanContext().spanId;
}

const sends = () => exporter.getFinishedSpans();
const countOf = ({ attributes }: ReadableSpan) => attributes['http.request.resend_count'];
const parentOf = ({ parentSpanContext }: ReadableSpan) => parentSpanContext?.spanId;
const statusOf = ({ attributes }: ReadableSpan) => attributes['http.response.status_code'];

describe.each<[string, () => HttpClientOptions]>([
  ['the client’s own pools', () => ({})],
  ['a dispatcher of the user', () => ({ dispatcher: new Agent() })],
  ['fetch', () => ({ transport: fetchTransport() })],
])('OpenTelemetry sees each attempt over %s:', (_name, options) => {
  const start = () =>
    startHttp({
      circuitBreaker: false,
      timeout: { attempt: '20s', total: '60s' },
      baseUrl: upstream.url,
      retry: { baseDelay: 5, jitter: 'none', budget: false },
      ...options(),
    });

  it('a span each, counted, below the caller’s span, also after a pause', async () => {
    const { http } = await start();
    upstream.play(answer(503), reset, answer(429), answer(200));
    const caller = await within(() => http.get('/'));
    await eventually(() => sends().length === 4);
    expect(sends().map(statusOf)).toEqual([503, undefined, 429, 200]);
    expect(sends().map(countOf)).toEqual([undefined, 1, 2, 3]);
    expect(new Set(sends().map(parentOf))).toEqual(new Set([caller]));
  });

  it('a redirect is sent again too', async () => {
    const { http } = await start();
    upstream.play(redirect(302, '/there'), answer(503), redirect(302, '/there'), answer(200));
    await within(() => http.get('/'));
    await eventually(() => sends().length === 4);
    expect(sends().map(countOf)).toEqual([undefined, 1, 2, 3]);
  });

  it('more calls than connections, each below its own caller', async () => {
    const { http } = await start();
    upstream.play(answer(200));
    for (let index = 0; index < 70; index++) upstream.playAt(`/${index}`, answer(503), answer(200));
    const callers = await Promise.all(
      Array.from({ length: 70 }, (_, index) => within(() => http.get(`/${index}`))),
    );
    await eventually(() => sends().length === 140);
    for (const [index, caller] of callers.entries()) {
      const mine = sends().filter(({ attributes }) => attributes['url.path'] === `/${index}`);
      expect(mine.map(parentOf)).toEqual([caller, caller]);
      expect(mine.map(countOf)).toEqual([undefined, 1]);
    }
  });
});

it('over axios, hooks are told the same', async () => {
  const instance = axios.create();
  const told: object[] = [];
  instance.interceptors.request.use(async (config) => {
    await Promise.resolve();
    told.push(resendAttributes());
    return config;
  });
  const { http } = await startHttp({ baseUrl: upstream.url, transport: axiosTransport(instance) });
  upstream.play(answer(503), answer(200));
  await Promise.all([http.get('/'), http.get('/')]);
  expect(told).toHaveLength(3);
  expect(told).toEqual([{}, {}, { 'http.request.resend_count': 1 }]);
});

it('outside of a request there is nothing to tell', () => {
  expect(resendAttributes()).toEqual({});
});
