import type { Problems } from '../policy/problems.js';
import { displayName, effectiveMethodsOf } from './decorated-method.js';
import type { DecoratedMethod } from './decorated-method.js';
import type { MethodPipelines } from './method-pipelines.js';

/** Tells of fallbacks that name each other, or themselves: the first failure would never end. */
export function tellOfFallbackCircles(
  pipelines: MethodPipelines,
  prototypes: Iterable<object>,
  problems: Problems,
): void {
  const told = new Set<DecoratedMethod>();
  for (const prototype of prototypes) {
    const methods = effectiveMethodsOf(prototype).filter((method) => pipelines.isKnown(method));
    const byKey = new Map(methods.map((method) => [method.key, method]));
    for (const method of methods) {
      const circle = circleFrom(method, (one) => byKey.get(fallbackOf(pipelines, one)));
      if (!circle || circle.some((one) => told.has(one))) continue;
      for (const one of circle) told.add(one);
      const names = [...circle, method].map(({ key }) => String(key)).join(' → ');
      problems.add(`${displayName(method)} @Fallback`, 'fallbacks that do not form a circle', names);
    }
  }
}

/** The methods that follow each other from this one back to itself. */
function circleFrom(
  start: DecoratedMethod,
  next: (method: DecoratedMethod) => DecoratedMethod | undefined,
): DecoratedMethod[] | undefined {
  const path: DecoratedMethod[] = [];
  for (let method: DecoratedMethod | undefined = start; method; method = next(method)) {
    if (path.includes(method)) return method === start ? path : undefined;
    path.push(method);
  }
  return undefined;
}

/** The name of the method that answers for another one; an empty text if a function does, or none. */
function fallbackOf(pipelines: MethodPipelines, method: DecoratedMethod): string {
  const { fallback } = pipelines.of(method).parts.inForce;
  const { use } = (fallback?.options ?? {}) as { use?: unknown };
  return typeof use === 'string' ? use : '';
}
