import { CoarseClock } from '../../lib/clock/coarse-clock.js';
import type { Clock } from '../../lib/clock/clock.js';
import { ResilienceEvents } from '../../lib/events/resilience-events.js';
import { classifyFailure } from '../../lib/failures/classify-failure.js';
import { checkLayer, mergeLayers } from '../../lib/policy/layers.js';
import { Problems } from '../../lib/policy/problems.js';
import { circuitBreakerRules } from '../../lib/strategies/circuit-breaker/circuit-breaker.options.js';
import type { CircuitBreakerOptions } from '../../lib/strategies/circuit-breaker/circuit-breaker.options.js';
import { CircuitConfig } from '../../lib/strategies/circuit-breaker/circuit-config.js';
import { Circuit } from '../../lib/strategies/circuit-breaker/circuit.js';
import type { Label } from '../../lib/strategies/label.js';

interface AmbientContext {
  readonly clock: Clock;
  readonly events?: ResilienceEvents;
  readonly label?: Label;
}

/** What the circuits of these options are made from. */
export function circuitConfig(options: CircuitBreakerOptions, ambientContext: AmbientContext): CircuitConfig {
  const { clock, events = new ResilienceEvents(), label = { name: 'payments' } } = ambientContext;
  const problems = new Problems();
  const resolved = mergeLayers(circuitBreakerRules, [
    checkLayer(circuitBreakerRules, options, 'circuitBreaker', problems),
  ]);
  problems.throwIfAny();
  return new CircuitConfig(label, resolved, {
    clock,
    coarse: new CoarseClock(clock),
    events,
    classify: classifyFailure,
  });
}

/** A circuit without an application around it; the only place where tests construct one. */
export function circuitOf(options: CircuitBreakerOptions, ambientContext: AmbientContext): Circuit {
  return new Circuit(circuitConfig(options, ambientContext));
}
