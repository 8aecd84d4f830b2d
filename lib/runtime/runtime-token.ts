import type { Runtime } from './runtime.js';

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
  [RUNTIME]?: Runtime;
}

/** The runtimes of instances that take no property, such as frozen ones. */
const sealed = new WeakMap<object, Runtime>();

/** Stores the runtime so that nobody sees it: deep equality and serialization stay as they were. */
export function giveRuntime(instance: object, runtime: Runtime): void {
  if (Object.isExtensible(instance) || Object.hasOwn(instance, RUNTIME)) {
    Object.defineProperty(instance, RUNTIME, { value: runtime, configurable: true, writable: true });
  } else sealed.set(instance, runtime);
}

/** What an instance without the property is asked for. */
export function runtimeOfSealed(instance: object): Runtime | undefined {
  return sealed.get(instance);
}
