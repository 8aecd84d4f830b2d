import { Inject } from '@nestjs/common';
import type { InjectionToken } from '@nestjs/common';
import { ResilienceConfigurationError } from '../exceptions/resilience-configuration.error.js';
import { throwIfConstructedEarly } from './bare-runs.js';
import type { MethodRuntime } from './decorated-method.js';
import { copyOfRuntime, copyProblem, sharedByCopies, THIS_COPY } from './package-copy.js';

/**
 * The token of the property by which a decorated method finds its application. Token and key say what to do,
 * because Nest names them when the module is missing. All copies of the package share the token. It is a class, because
 * `useMocker(createMock)` and the recipe of Nest's documentation know how to mock classes only.
 */
export const RUNTIME_TOKEN = sharedToken(
  'ResilienceModule (import ResilienceModule.forRoot() into the root module)',
);
export const RUNTIME = Symbol.for(
  'ResilienceModule.forRoot() is missing: needed by @Retryable(), @CircuitBreaker() …',
);

/** An instance that may have been given its runtime. */
export interface MaybeProtected {
  [RUNTIME]?: MethodRuntime;
}

/** The runtimes of instances that take no property, such as frozen ones. */
const sealed = new WeakMap<object, MethodRuntime>();

/** The applications that wait for an instance that another one holds, in the order in which they bound it. */
const waiting = new WeakMap<object, MethodRuntime[]>();

function sharedToken(name: string): InjectionToken {
  return sharedByCopies('token', () => ({ [name]: class {} })[name]);
}

/** Defines the property that Nest sets, once per line of classes; it stores the runtime where no one sees it. */
export function prepareForRuntime(prototype: object): void {
  if (RUNTIME in prototype) return;
  Object.defineProperty(prototype, RUNTIME, {
    configurable: true,
    get(this: object) {
      return sealed.get(this);
    },
    set(this: object, injected: unknown) {
      acceptRuntime(this, injected);
    },
  });
  if (prototype.constructor.prototype === prototype) Inject(RUNTIME_TOKEN)(prototype, RUNTIME);
}

/**
 * Gives an instance the runtime of an application. The application that bound it first keeps it until it closes.
 * Deep equality and serialization of the instance stay as they were.
 */
export function giveRuntime(instance: object, runtime: MethodRuntime): void {
  const held = (instance as MaybeProtected)[RUNTIME];
  if (held === runtime) return;
  if (!held || held.isClosing) return store(instance, runtime);
  const queue = waiting.get(instance) ?? [];
  waiting.set(instance, queue);
  if (!queue.includes(runtime)) queue.push(runtime);
  held.shared.add(instance);
  runtime.shared.add(instance);
}

/** Hands the instances of an application that closes to the applications that wait for them. */
export function handOver(closing: MethodRuntime): void {
  for (const instance of closing.shared) {
    const queue = (waiting.get(instance) ?? []).filter((one) => one !== closing && !one.isClosing);
    const isHeld = (instance as MaybeProtected)[RUNTIME] === closing;
    const next = isHeld ? queue.shift() : undefined;
    if (next) store(instance, next);
    waiting.set(instance, queue);
  }
  closing.shared.clear();
}

function store(instance: object, runtime: MethodRuntime): void {
  if (Object.isExtensible(instance) || Object.hasOwn(instance, RUNTIME)) {
    Object.defineProperty(instance, RUNTIME, { value: runtime, configurable: true, writable: true });
  } else sealed.set(instance, runtime);
}

/**
 * Takes what Nest injects: a runtime of this copy. A mock leaves the instance as one that was made with `new`.
 *
 * @throws ResilienceConfigurationError for a runtime of another copy of the package, and for an instance whose
 * methods ran before it had its runtime
 */
function acceptRuntime(instance: object, injected: unknown): void {
  const copy = copyOfRuntime(injected);
  if (!copy) return;
  if (copy !== THIS_COPY)
    throw new ResilienceConfigurationError([
      copyProblem(instance.constructor.name, copy.file, THIS_COPY.file),
    ]);
  const runtime = injected as MethodRuntime;
  if (!runtime.isPassThrough) throwIfConstructedEarly(instance, true);
  giveRuntime(instance, runtime);
}
