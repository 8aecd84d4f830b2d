import type { LazyModuleLoader, ModulesContainer } from '@nestjs/core';
import { bindInstances } from './bind-instances.js';
import type { MethodPipelines } from './method-pipelines.js';
import { auditMethods } from './startup-audit.js';

/**
 * Does for modules that are loaded lazily what start-up does for all others. Nest runs no hooks for them, so the
 * application's own loader is followed: a load rejects with what is wrong with the decorators of its module.
 */
export function followLazyModules(
  methods: MethodPipelines,
  loader: LazyModuleLoader,
  modules: ModulesContainer,
): void {
  const load = loader.load.bind(loader);
  loader.load = async (...args) => {
    const loaded = await load(...args);
    const problems = methods.newProblems();
    auditMethods(methods, modules, problems);
    problems.throwIfAny();
    bindInstances(methods, modules, true);
    return loaded;
  };
}
