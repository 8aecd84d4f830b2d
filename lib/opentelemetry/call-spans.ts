import type { Attributes, Span, Tracer } from '@opentelemetry/api';
import { shownError } from '../failures/shown-error.js';
import type { CallObserver, ObservedAttempt, ObservedCall } from '../telemetry/exporter.js';
import { errorTypeOf } from '../telemetry/error-type.js';
import type { Api } from './load-api.js';

/**
 * Makes an INTERNAL span of each call and, below it, of each attempt. The engine runs both in the context of their span, so that the
 * spans of clients below them are its children.
 */
export class CallSpans implements CallObserver {
  private readonly spans = new WeakMap<object, Span>();

  constructor(
    private readonly api: Api,
    private readonly tracer: Tracer,
  ) {}

  runCall<T>(call: ObservedCall, run: () => T): T {
    return this.within(call, call.name, {}, run);
  }

  callEnded(call: ObservedCall): void {
    const { outcome, attempt = 0 } = call;
    const isFailed = outcome !== 'success' && outcome !== 'fallback';
    this.end(call, { 'breakwater.attempts': attempt }, isFailed);
  }

  runAttempt<T>(attempt: ObservedAttempt, run: () => T): T {
    const { attempt: number, kind, name } = attempt;
    const attributes = { 'breakwater.attempt.number': number, 'breakwater.attempt.kind': kind };
    return this.within(attempt, `${name} attempt`, attributes, run);
  }

  /** An attempt that was aborted has not failed: another one was faster, or its caller has left. */
  attemptEnded(attempt: ObservedAttempt): void {
    this.end(attempt, {}, attempt.outcome === 'failure' || attempt.outcome === 'timeout');
  }

  private within<T>(
    observed: ObservedCall | ObservedAttempt,
    name: string,
    attributes: Attributes,
    run: () => T,
  ): T {
    const { context, SpanKind, trace } = this.api;
    const span = this.tracer.startSpan(name, {
      kind: SpanKind.INTERNAL,
      attributes: { 'breakwater.name': observed.name, ...attributes },
    });
    this.spans.set(observed, span);
    return context.with(trace.setSpan(context.active(), span), run);
  }

  private end(observed: ObservedCall | ObservedAttempt, attributes: Attributes, isFailed: boolean): void {
    const span = this.spans.get(observed);
    if (!span) return;
    if (span.isRecording()) {
      if (observed.outcome) span.setAttribute('breakwater.outcome', observed.outcome);
      span.setAttributes(attributes);
      if (isFailed) this.fail(span, observed);
    }
    span.end();
  }

  /** Marks a span as failed. What may be shown of the error is decided in one place; its stack never is. */
  private fail(span: Span, { error, key }: ObservedCall | ObservedAttempt): void {
    const { message, status } = shownError(error, { hide: [key] });
    span.setAttribute('error.type', errorTypeOf(error));
    if (status !== undefined) span.setAttribute('http.response.status_code', status);
    const code = this.api.SpanStatusCode.ERROR;
    span.setStatus({ code, ...(message !== undefined && { message }) });
  }
}
