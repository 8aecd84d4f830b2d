import { AsyncLocalStorage } from 'node:async_hooks';
import type { HttpTransport } from '../../transport.js';

/** Set once an application asks for the attribute: until then no send is counted. */
let sentBefore: AsyncLocalStorage<number> | undefined;

/**
 * Counts the earlier sends of the request that is being sent, as an attribute of its span: 1 for the first retry or
 * redirect, nothing for a first send. For hooks of OpenTelemetry's instrumentations, which are called while a request
 * is made; this library does not depend on them.
 *
 * @example
 * ```ts
 * new UndiciInstrumentation({ startSpanHook: resendAttributes });
 * ```
 * @public
 */
export function resendAttributes(): Record<string, number> {
  sentBefore ??= new AsyncLocalStorage();
  const count = sentBefore.getStore();
  return count ? { 'http.request.resend_count': count } : {};
}

/** The transport, telling hooks how often its request was sent before, if they want to know. */
export function counted(transport: HttpTransport, before: number): HttpTransport {
  const storage = sentBefore;
  if (!storage) return transport;
  return { send: (request, attempt) => storage.run(before, () => transport.send(request, attempt)) };
}
