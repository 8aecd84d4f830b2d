import { Logger } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { Pipeline } from '../pipeline/pipeline.js';
import { Problems } from '../policy/problems.js';
import { decoratedMethodsOf, strayAttemptsOf } from './decorated-method.js';
import { describePipeline } from './describe.js';
import type { Runtime } from './runtime.js';
import { giveRuntime, RUNTIME } from './runtime-token.js';
import type { MaybeProtected } from './runtime-token.js';

interface Host {
  readonly metatype: unknown;
  readonly instance?: unknown;
}

function hostsOf(modules: ModulesContainer): Host[] {
  return [...modules.values()].flatMap(({ controllers, providers, injectables }) => [
    ...(controllers.values() as Iterable<Host>),
    ...(providers.values() as Iterable<Host>),
    ...(injectables.values() as Iterable<Host>),
  ]);
}

function prototypeOf({ metatype, instance }: Host): object | undefined {
  if (typeof instance === 'object' && instance !== null) return Object.getPrototypeOf(instance) as object;
  const prototype: unknown = typeof metatype === 'function' ? metatype.prototype : undefined;
  return typeof prototype === 'object' && prototype !== null ? prototype : undefined;
}

/** Compiles every decorated method that the application knows of, and tells what is wrong. */
export function auditMethods(runtime: Runtime, modules: ModulesContainer, problems: Problems): void {
  const prototypes = new Set(hostsOf(modules).map(prototypeOf));
  const methods = new Set(
    [...prototypes].flatMap((prototype) => (prototype ? decoratedMethodsOf(prototype) : [])),
  );
  const fresh = [...methods].filter((method) => !runtime.methods.isKnown(method));
  for (const method of fresh) runtime.methods.audit(method, problems);
  runtime.policies.checkComplete(problems, (policy, strategy) =>
    [...methods].some(({ declarations }) =>
      declarations.some((one) => one.policy === policy && one.strategy === strategy),
    ),
  );
  for (const stray of new Set(
    [...prototypes].flatMap((prototype) => (prototype ? strayAttemptsOf(prototype) : [])),
  )) {
    problems.add(
      `${stray} @Attempt`,
      'a method with @Retryable() or another decorator of this library',
      'none',
    );
  }
  if (problems.list.length === 0) logPipelines(fresh.map((method) => runtime.methods.of(method)));
}

/** At log level debug, one line per decorated method; `Logger.isLevelEnabled()` of Nest 11 denies a default logger. */
function logPipelines(pipelines: readonly Pipeline[]): void {
  const logger = new Logger('Resilience');
  for (const { parts } of pipelines) {
    const { name, strategies } = describePipeline(parts);
    logger.debug(`${name}: ${[...strategies, 'method'].join(' > ')}`);
  }
}

/**
 * Gives the runtime to instances that Nest did not construct (`useFactory`, `useValue`).
 *
 * @throws ResilienceConfigurationError for what is wrong with the decorators of their classes
 */
export function adoptInstances(runtime: Runtime, modules: ModulesContainer): void {
  const problems = new Problems();
  for (const { instance } of hostsOf(modules)) {
    if (typeof instance !== 'object' || instance === null) continue;
    const methods = decoratedMethodsOf(Object.getPrototypeOf(instance) as object);
    if (methods.length === 0) continue;
    const held = (instance as MaybeProtected)[RUNTIME];
    // a value that outlived its application belongs to the next one
    if (!held || held.lifetime.isEnding) giveRuntime(instance, runtime);
    for (const method of methods) runtime.methods.audit(method, problems);
  }
  problems.throwIfAny();
}
