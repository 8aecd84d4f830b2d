import { Scope } from '@nestjs/common';
import type { Problems } from '../policy/problems.js';
import { definitionOf, STRATEGY_NAMES } from '../strategies/policy.options.js';
import { decoratedMethodsOf } from './decorated-method.js';
import type { InstanceWrapper } from './instance-wrappers.js';
import type { MethodPipelines } from './method-pipelines.js';

/**
 * Reports strategies that would hand what one request has got to another one: the instances of a class that is made for each
 * request, or for each tenant, share their answers, and only a `key` tells them apart.
 */
export function reportSharedByRequests(
  methods: MethodPipelines,
  prototype: object,
  problems: Problems,
): void {
  for (const method of decoratedMethodsOf(prototype)) {
    if (!methods.isKnown(method)) continue;
    const { name, inForce } = methods.of(method).parts;
    for (const strategy of STRATEGY_NAMES) {
      const { isSafePerRequest } = definitionOf(strategy);
      const options = inForce[strategy]?.options;
      if (!options || !isSafePerRequest || isSafePerRequest(options as never)) continue;
      const expected =
        'a function that makes a key, because instances made for each request share their answers';
      problems.add(`${name} ${strategy}.key`, expected, undefined);
    }
  }
}

/** True for a provider that Nest makes for each request, or for each tenant, by itself or through what it needs. */
export function isOfRequest(wrapper: InstanceWrapper, isLoaded: boolean): boolean {
  if (wrapper.scope === Scope.REQUEST) return true;
  // Nest keeps the answer: it must not be asked before all dependencies are known
  return isLoaded && !wrapper.isDependencyTreeStatic();
}
