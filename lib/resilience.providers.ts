import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { DynamicModule, FactoryProvider, InjectionToken, Provider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { ResilienceEvents } from './events/resilience-events.js';
import { injectedClients, injectedClientTokens } from './http/client/client-injections.js';
import { clientNameOf, clientsAsked, getResilientHttpToken } from './http/inject-resilient-http.js';
import { ResilientHttpService } from './http/resilient-http.service.js';
import type { ModuleRef } from './nest/dependencies.js';
import { reportOptionsCircle } from './nest/options-circle.js';
import { REGISTRATION, registrationOf, registrationsIn, reportSeveral } from './nest/registrations.js';
import type { Registration } from './nest/registrations.js';
import { RUNTIME_TOKEN } from './nest/runtime-token.js';
import { Problems } from './policy/problems.js';
import { Application } from './resilience.application.js';
import type { ResilienceModuleOptions } from './resilience.options.js';
import { ResilienceService } from './resilience.service.js';
import { BulkheadRegistry } from './strategies/bulkhead/bulkhead-registry.js';
import { ResilienceCache } from './strategies/cache/resilience-cache.js';
import { ResilienceChaos } from './strategies/chaos/resilience-chaos.js';
import { CircuitBreakerRegistry } from './strategies/circuit-breaker/circuit-breaker-registry.js';
import { ResilienceHealth } from './telemetry/health/resilience-health.js';
import { RateLimitRegistry } from './strategies/rate-limit/rate-limit-registry.js';
import { RetryBudgetRegistry } from './strategies/retry/retry-budget-registry.js';
import { ResilienceMetrics } from './telemetry/resilience-metrics.js';

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<ResilienceModuleOptions>({
    moduleName: 'Resilience',
  })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createResilienceOptions')
    .setExtras({ isGlobal: true }, (definition, { isGlobal }) => ({ ...definition, global: isGlobal }))
    .build();

/** The token of the application in every module that holds it. */
export const APPLICATION = Symbol('resilience of one application');
const CHECKED_REGISTRATIONS = Symbol('the registrations of the resilience module, checked');

const fromApplication = <T>(provide: unknown, useFactory: (application: Application) => T) => ({
  provide: provide as symbol,
  inject: [APPLICATION],
  useFactory,
});

const parts = [
  fromApplication(RUNTIME_TOKEN, ({ methods }) => methods),
  fromApplication(ResilienceEvents, ({ runtime }) => runtime.events),
  fromApplication(CircuitBreakerRegistry, ({ runtime }) => runtime.circuits),
  fromApplication(BulkheadRegistry, ({ runtime }) => runtime.bulkheads),
  fromApplication(ResilienceHealth, ({ health }) => health),
  fromApplication(RateLimitRegistry, ({ runtime }) => runtime.rateLimits),
  fromApplication(RetryBudgetRegistry, ({ runtime }) => runtime.budgets),
  fromApplication(ResilienceMetrics, ({ runtime }) => runtime.metrics),
  fromApplication(ResilienceCache, ({ runtime }) => runtime.caches),
  fromApplication(ResilienceChaos, ({ runtime }) => runtime.chaos),
  fromApplication(ResilienceService, ({ service }) => service),
  fromApplication(ResilientHttpService, ({ httpService }) => httpService),
];

/** The providers of every registration. */
export const providers: readonly Provider[] = [
  {
    provide: APPLICATION,
    inject: [MODULE_OPTIONS_TOKEN, ModulesContainer],
    useFactory: preparedApplication,
  },
  // needs nothing that could be waited for in vain
  { provide: CHECKED_REGISTRATIONS, inject: [ModulesContainer], useFactory: checkRegistrations },
  ...parts,
];

/** The tokens of every registration that other modules may inject. */
export const exported: readonly InjectionToken[] = parts.map(({ provide }) => provide);

/** The applications that testing modules have made: the modules that they replace share them. */
const underTest = new WeakMap<ModulesContainer, Application>();

/** The application of a module: made of its own options, or of those of a testing module. */
function applicationOf(options: unknown, modules: ModulesContainer): Application {
  const testing = registrationsIn(modules).find(isForTests);
  if (!testing) return newApplication(options, modules);
  const made =
    underTest.get(modules) ?? newApplication(testing.providers.get(MODULE_OPTIONS_TOKEN)?.instance, modules);
  underTest.set(modules, made);
  return made;
}

/** The application of a module, with what the clients need that classes inject. */
function preparedApplication(
  options: unknown,
  modules: ModulesContainer,
): Application | Promise<Application> {
  const application = applicationOf(options, modules);
  const isOwn = (token: unknown) =>
    registrationsIn(modules).some(({ providers }) => isMadeHere(providers.get(token as symbol)));
  const tokens = [...injectedClientTokens(modules)].filter(isOwn);
  return application.prepare(tokens.map(clientNameOf));
}

/** False for what a test has put in the place of a client. */
function isMadeHere(provider: { readonly inject?: unknown } | undefined): boolean {
  return Array.isArray(provider?.inject) && provider.inject.includes(APPLICATION);
}

/** Makes an application of its options, and the HTTP clients that they name injectable. */
function newApplication(options: unknown, modules: ModulesContainer): Application {
  // again, as the products of factories are only known now
  checkRegistrations(modules);
  const application = Application.create(options, modules);
  provideClients(application, modules);
  return application;
}

/**
 * Completes a registration. Nest reads the lists when it scans the application: after all decorators, so that classes
 * may inject clients whose names `forRootAsync` has yet to tell.
 */
export function completed(definition: DynamicModule, registration: Registration): DynamicModule {
  const names = () => new Set([...registration.clients, ...clientsAsked()]);
  return {
    ...definition,
    get providers() {
      const clients = [...names()].map(clientProvider);
      const mine = { provide: REGISTRATION, useValue: registration };
      return [...(definition.providers ?? []).map(unlessReplaced), mine, ...clients];
    },
    get exports() {
      return [...(definition.exports ?? []), ...[...names()].map(getResilientHttpToken)];
    },
  };
}

function clientProvider(name: string) {
  return fromApplication(getResilientHttpToken(name), (application) => application.httpServiceOf(name));
}

/** A testing module brings its own options: then a factory is not called. */
function unlessReplaced(provider: Provider): Provider {
  const { provide, inject = [], useFactory } = provider as FactoryProvider;
  if (provide !== MODULE_OPTIONS_TOKEN || typeof useFactory !== 'function') return provider;
  return {
    provide,
    inject: [ModulesContainer, ...inject],
    useFactory: (modules: ModulesContainer, ...dependencies: unknown[]) =>
      registrationsIn(modules).some(isForTests) ? {} : (useFactory(...dependencies) as unknown),
  };
}

/** @throws ResilienceConfigurationError for several registrations, and for options that wait for themselves */
function checkRegistrations(modules: ModulesContainer): true {
  const problems = new Problems();
  const all = registrationsIn(modules);
  const testing = all.filter(isForTests);
  reportSeveral(modules, testing.length > 0 ? testing : all, problems);
  for (const module of all) reportCircle(module, problems);
  problems.throwIfAny();
  return true;
}

function isForTests(module: ModuleRef): boolean {
  return registrationOf(module)?.isForTests === true;
}

function reportCircle(module: ModuleRef, problems: Problems): void {
  reportOptionsCircle(module, { options: MODULE_OPTIONS_TOKEN, application: APPLICATION }, problems);
}

/** Leaves exactly the clients of this application in its modules: tokens of others exist in the process too. */
function provideClients(application: Application, modules: ModulesContainer): void {
  const { http } = application;
  const asked = injectedClients(modules);
  for (const module of registrationsIn(modules)) {
    const named = registrationOf(module)?.clients ?? [];
    for (const token of [...module.providers.keys()]) {
      const name = clientNameOf(token);
      if (name === undefined || http.names.includes(name) || named.includes(name) || asked.has(name))
        continue;
      module.providers.delete(token);
      module.exports.delete(token);
    }
    for (const name of http.names) {
      const token = getResilientHttpToken(name);
      if (module.providers.has(token)) continue;
      module.addProvider({ provide: token, useValue: application.httpServiceOf(name) });
      module.exports.add(token);
    }
  }
}
