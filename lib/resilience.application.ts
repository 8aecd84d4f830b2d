import type { ModulesContainer } from '@nestjs/core';
import { auditInjections, featuresOf } from './http/client-injections.js';
import { HttpClients } from './http/http-clients.js';
import { Problems } from './policy/problems.js';
import { bindInstances } from './nest/bind-instances.js';
import { MethodPipelines } from './nest/method-pipelines.js';
import { Runtime } from './runtime/runtime.js';
import { auditMethods } from './nest/startup-audit.js';
import { logTransitions } from './nest/transition-log.js';

/** What the module holds for one application. */
export interface Application {
  readonly runtime: Runtime;
  readonly methods: MethodPipelines;
  readonly http: HttpClients;
}

/** Checks everything at once: the options, and each decorated method that the application knows of. */
export function createApplication(options: unknown, modules: ModulesContainer): Application {
  const problems = new Problems();
  const runtime = new Runtime(options, problems);
  const methods = new MethodPipelines(runtime);
  auditMethods(methods, modules, problems);
  const http = new HttpClients(runtime, problems, featuresOf(modules));
  auditInjections(modules, http.names, problems);
  problems.throwIfAny();
  // values are there already: a container that is only compiled runs no hooks
  bindInstances(methods, modules);
  logTransitions(runtime.events);
  return { runtime, methods, http };
}
