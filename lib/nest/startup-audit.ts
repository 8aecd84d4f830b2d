import { Logger } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { Pipeline } from '../pipeline/pipeline.js';
import type { Problems } from '../policy/problems.js';
import { decoratedMethodsOf, strayAttemptsOf } from './decorated-method.js';
import type { DecoratedMethod } from './decorated-method.js';
import { describePipeline } from '../runtime/describe.js';
import { instanceWrappersOf, objectsIn, prototypeOf } from './instance-wrappers.js';
import type { InstanceWrapper } from './instance-wrappers.js';
import { tellOfFallbackCircles } from './fallback-circles.js';
import type { MethodPipelines } from './method-pipelines.js';

function prototypesOf({ instance, metatype }: InstanceWrapper): object[] {
  const instances = objectsIn(instance);
  const prototype: unknown = typeof metatype === 'function' ? metatype.prototype : undefined;
  return instances.length > 0 ? instances.flatMap(prototypeOf) : objectsIn(prototype);
}

/** The decorated methods of all prototypes, each with the prototypes that have it. */
function hostsByMethod(prototypes: Iterable<object>): Map<DecoratedMethod, object[]> {
  const methods = new Map<DecoratedMethod, object[]>();
  for (const prototype of prototypes) {
    for (const method of decoratedMethodsOf(prototype)) {
      methods.set(method, [...(methods.get(method) ?? []), prototype]);
    }
  }
  return methods;
}

/** Compiles every decorated method that the application knows of, and tells what is wrong. */
export function auditMethods(
  pipelines: MethodPipelines,
  modules: ModulesContainer,
  problems: Problems,
): void {
  const prototypes = new Set(instanceWrappersOf(modules).flatMap(prototypesOf));
  const methods = hostsByMethod(prototypes);
  const { isPassThrough } = pipelines;
  const fresh = [...methods].filter(([method]) => !pipelines.isKnown(method));
  for (const [method, hosts] of fresh) pipelines.audit(method, hosts, problems);
  if (isPassThrough) return;
  tellOfFallbackCircles(pipelines, prototypes, problems);
  pipelines.policies.checkComplete(problems, (policy, strategy) =>
    [...methods.keys()].some(({ declarations }) =>
      declarations.some((one) => one.policy === policy && one.strategy === strategy),
    ),
  );
  for (const stray of new Set([...prototypes].flatMap(strayAttemptsOf))) {
    problems.add(
      `${stray} @Attempt`,
      'a method with @Retryable() or another decorator of this library',
      'none',
    );
  }
  if (problems.list.length === 0) logPipelines(fresh.map(([method]) => pipelines.of(method)));
}

/** At log level debug, one line per decorated method; `Logger.isLevelEnabled()` of Nest 11 denies a default logger. */
function logPipelines(pipelines: readonly Pipeline[]): void {
  const logger = new Logger('Resilience');
  for (const { parts } of pipelines) {
    const { name, strategies } = describePipeline(parts);
    logger.debug(`${name}: ${[...strategies, 'method'].join(' > ')}`);
  }
}
