import { defineStrategy } from '../strategy-definition.js';
import type { CircuitFamily } from './circuit-breaker-registry.js';
import { checkCircuitBreaker, circuitBreakerRules } from './circuit-breaker.options.js';
import type { CircuitBreakerOptions } from './circuit-breaker.options.js';
import { CircuitConfig, thresholdsOf } from './circuit-config.js';
import { Circuit } from './circuit.js';

/** Fails fast in an outage. */
export const circuitBreakerStrategy = defineStrategy<CircuitBreakerOptions, CircuitFamily>()({
  place: 'guard',
  title: () => 'circuit breaker',
  rules: circuitBreakerRules,
  check: checkCircuitBreaker,
  isNamed: true,
  sharedAs: 'a circuit breaker',
  make(options, context) {
    const { classify, deps } = context;
    return context.shareKeyed<Circuit, CircuitConfig>({
      kind: 'circuit',
      options,
      agreed: { classify },
      previous: context.previous.circuitBreaker as CircuitFamily | undefined,
      configOf: (label) => new CircuitConfig(label, options, { ...deps, classify }),
      create: (config, key) => new Circuit(config, key),
      registry: deps.circuits,
    });
  },
  describe(options) {
    const { failureThreshold, minimumCalls, halfOpenTimeout } = thresholdsOf(options);
    const inARow = failureThreshold === Infinity ? undefined : failureThreshold;
    return { ...options, failureThreshold: inARow, minimumCalls, halfOpenTimeout };
  },
});
