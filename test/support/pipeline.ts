import { CoarseClock } from '../../lib/clock/coarse-clock.js';
import type { ResilienceEvent } from '../../lib/events/resilience-event.js';
import { ResilienceEvents } from '../../lib/events/resilience-events.js';
import { ShutdownSignal } from '../../lib/pipeline/abort/shutdown-signal.js';
import { DeadlineQueues } from '../../lib/pipeline/deadlines/deadline-queues.js';
import { AlarmClock } from '../../lib/pipeline/guards/alarm-clock.js';
import type { Operation } from '../../lib/pipeline/operation.js';
import { Pipeline } from '../../lib/pipeline/pipeline.js';
import type { PipelineDeps } from '../../lib/pipeline/pipeline-deps.js';
import { Problems } from '../../lib/policy/problems.js';
import { StrategyFactory } from '../../lib/runtime/strategy-factory.js';
import { BulkheadRegistry } from '../../lib/strategies/bulkhead/bulkhead-registry.js';
import { ResilienceCache } from '../../lib/strategies/cache/resilience-cache.js';
import type { CacheDefaults } from '../../lib/strategies/cache/resilience-cache.js';
import { CircuitBreakerRegistry } from '../../lib/strategies/circuit-breaker/circuit-breaker-registry.js';
import { RateLimitRegistry } from '../../lib/strategies/rate-limit/rate-limit-registry.js';
import { RetryBudgetRegistry } from '../../lib/strategies/retry/retry-budget-registry.js';
import { checkPolicy } from '../../lib/strategies/policy.options.js';
import type { PolicyOptions } from '../../lib/strategies/policy.options.js';
import type { StrategyDeps } from '../../lib/strategies/strategy-definition.js';
import { ManualClock } from '../../lib/testing/index.js';

/** The services of an application that has no container around it, on a clock that is moved by hand. */
export function services(
  clock = new ManualClock(),
  events = new ResilienceEvents(),
  cache: CacheDefaults = {},
) {
  const circuits = new CircuitBreakerRegistry();
  const bulkheads = new BulkheadRegistry();
  const coarse = new CoarseClock(clock);
  const newAlarm = (ring: () => void) => new AlarmClock(clock, ring);
  const deadlines = new DeadlineQueues(clock);
  const deadline = (ms: number, ring: () => void) => deadlines.ringAfter(ms, ring);
  const caches = new ResilienceCache(cache);
  const rateLimits = new RateLimitRegistry();
  const budgets = new RetryBudgetRegistry();
  const random = () => 0.5;
  return {
    clock,
    coarse,
    events,
    random,
    circuits,
    bulkheads,
    rateLimits,
    budgets,
    newAlarm,
    caches,
    deadline,
  } satisfies StrategyDeps;
}

/** The engine under one policy: its pipeline, what it tells the listeners, and the ways to call it. */
export function engineOf(policy: PolicyOptions, { grace = 0, attemptAt, cache }: EngineOptions = {}) {
  const { clock, events, ...others } = services(undefined, undefined, cache);
  const shutdown = new ShutdownSignal(clock, grace, false);
  const deadlines = new DeadlineQueues(clock);
  const deps: PipelineDeps = { clock, events, deadlines, shutdown };
  const problems = new Problems();
  const layers = [checkPolicy(policy, 'policy', problems)];
  const request = { layers, name: 'orders', identity: 'orders', where: 'policy' };
  const parts = new StrategyFactory({ clock, events, ...others }).parts('orders', () => request, problems);
  problems.throwIfAny();
  const pipeline = new Pipeline(
    { name: 'orders', policies: [], family: { name: 'orders' }, deps, ...parts },
    attemptAt,
  );
  const told: ResilienceEvent[] = [];
  const listen = () => events.asObservable().subscribe((event) => told.push(event));
  /** Runs a call in the way of `execute`. */
  const run = (method: Operation['method'], more: Partial<Operation> = {}) =>
    pipeline.execute({ method, self: undefined, args: [], ...more });
  return { clock, events, shutdown, deadlines, deps, parts, pipeline, told, listen, run, ...others };
}

interface EngineOptions {
  /** How long running attempts may go on once the application closes, in milliseconds. */
  readonly grace?: number;
  readonly attemptAt?: number;
  readonly cache?: CacheDefaults;
}

/** A promise that is settled from outside, such as the answer of an upstream. */
export function answerLater<T = unknown>() {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((...functions) => ([resolve, reject] = functions));
  return { promise, resolve, reject };
}
