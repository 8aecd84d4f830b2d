import type { ModulesContainer } from '@nestjs/core';
import { auditInjections, featuresOf } from './http/client-injections.js';
import { HttpClients } from './http/http-clients.js';
import { Problems } from './policy/problems.js';
import { adoptInstances } from './runtime/adoption.js';
import { Runtime } from './runtime/runtime.js';
import { auditMethods } from './runtime/start-up-audit.js';
import { logTransitions } from './runtime/transition-log.js';

/** What the module holds for one application. */
export interface Application {
  readonly runtime: Runtime;
  readonly http: HttpClients;
}

/** Checks everything at once: the options, and each decorated method that the application knows of. */
export function createApplication(options: unknown, modules: ModulesContainer): Application {
  const problems = new Problems();
  const runtime = new Runtime(options, problems);
  auditMethods(runtime, modules, problems);
  const http = new HttpClients(runtime, problems, featuresOf(modules));
  auditInjections(modules, http.names, problems);
  problems.throwIfAny();
  // values are there already: a container that is only compiled runs no hooks
  adoptInstances(runtime, modules);
  logTransitions(runtime.events);
  return { runtime, http };
}
