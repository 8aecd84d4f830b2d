import type { MethodPipelines } from './method-pipelines.js';

/**
 * Where a decorated method finds its application: a property of its instance that Nest injects. Token and key
 * say what to do, because Nest names them when the module is missing.
 */
export const RUNTIME_TOKEN = Symbol.for(
  'ResilienceModule (import ResilienceModule.forRoot() into the root module)',
);
export const RUNTIME = Symbol.for(
  'ResilienceModule.forRoot() is missing: needed by @Retryable(), @CircuitBreaker() …',
);

/** An instance that may have been given its runtime. */
export interface MaybeProtected {
  [RUNTIME]?: MethodPipelines;
}

/** The runtimes of instances that take no property, such as frozen ones. */
const sealed = new WeakMap<object, MethodPipelines>();

/** Stores the runtime so that nobody sees it: deep equality and serialization stay as they were. */
export function giveRuntime(instance: object, methods: MethodPipelines): void {
  if (Object.isExtensible(instance) || Object.hasOwn(instance, RUNTIME)) {
    Object.defineProperty(instance, RUNTIME, { value: methods, configurable: true, writable: true });
  } else sealed.set(instance, methods);
}

/** What an instance without the property is asked for. */
export function runtimeOfSealed(instance: object): MethodPipelines | undefined {
  return sealed.get(instance);
}
