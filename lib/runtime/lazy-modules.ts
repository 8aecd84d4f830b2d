import type { LazyModuleLoader, ModulesContainer } from '@nestjs/core';
import { Problems } from '../policy/problems.js';
import { adoptInstances } from './adoption.js';
import type { Runtime } from './runtime.js';
import { auditMethods } from './start-up-audit.js';

/**
 * Does for modules that are loaded lazily what start-up does for all others. Nest runs no hooks for them, so the
 * application's own loader is followed: a load rejects with what is wrong with the decorators of its module.
 */
export function followLazyModules(
  runtime: Runtime,
  loader: LazyModuleLoader,
  modules: ModulesContainer,
): void {
  const load = loader.load.bind(loader);
  loader.load = async (...args) => {
    const loaded = await load(...args);
    const problems = new Problems();
    auditMethods(runtime, modules, problems);
    problems.throwIfAny();
    adoptInstances(runtime, modules);
    return loaded;
  };
}
