import type { Clock } from '../clock/clock.js';
import type { NestingOptions } from '../pipeline/nesting/ambient-context.js';
import type { Duration } from '../policy/duration.js';
import { read } from '../policy/error-chain.js';
import { checkLayer, checkRootKeys, isOptionsObject, mergeLayers } from '../policy/layers.js';
import { bareObject, ownValue } from '../policy/own-property.js';
import type { Problems } from '../policy/problems.js';
import { parsed } from '../policy/rule.js';
import type { Layer, Rule, Rules } from '../policy/rule.js';
import { callback, duration, flag, group, oneOf } from '../policy/rules.js';
import type { CacheStore } from '../strategies/cache/cache-store.js';
import { storeRule } from '../strategies/cache/cache.options.js';
import type { ChaosSource, OpenChaosSource } from '../strategies/chaos/chaos-source.js';
import type { PolicyOptions } from '../strategies/policy.options.js';
import { loggingRule } from '../telemetry/logging/logging.options.js';
import type { LoggingOptions } from '../telemetry/logging/logging.options.js';
import { telemetryRule, telemetryRules } from '../telemetry/telemetry.options.js';
import type { ResolvedTelemetry, TelemetryOptions } from '../telemetry/telemetry.options.js';

/** Which of several retrying layers, one within the other, repeat. @public */
export type NestedRetries = 'each' | 'outermost';

const shutdownRules = {
  /** Time that running attempts may go on once the application begins to close. Default 8 s; 0 with a `clock` of one's own. */
  grace: duration({ fallback: '8s' }),
};

/** Options of `shutdown`. @public */
export interface ShutdownOptions {
  /**
   * Time that running attempts may go on once the application begins to close; 0 ends them at once. Default `'8s'`.
   * With a `clock` of one's own it is always 0.
   */
  grace?: Duration | undefined;
}

/** The part of the module's options that the runtime reads; `http` and `clients` belong to the HTTP clients. @public */
export interface RuntimeOptions {
  /** Options with which every policy starts. */
  defaults?: PolicyOptions | undefined;
  /** Named policies: `@Retryable('payments')`. */
  policies?: Readonly<Record<string, PolicyOptions>> | undefined;
  /**
   * `'outermost'`: within a call that retries, a second retrying layer runs once, so that 3 attempts of 3 attempts
   * stay 3. Costs an AsyncLocalStorage. Default: `'each'`.
   */
  nestedRetries?: NestedRetries | undefined;
  /**
   * True: no call outlives the timeouts of the calls around it. Costs an AsyncLocalStorage. Default: false.
   */
  deadlines?: boolean | undefined;
  /** The end of the application. */
  shutdown?: ShutdownOptions | undefined;
  /**
   * The level of each type of event in the application's log; `false` logs no events. Default: `circuit.opened` and
   * `retry.exhausted` warn, `circuit.half-opened` and `circuit.closed` log, everything else debug.
   */
  logging?: LoggingOptions | false | undefined;
  /**
   * True: every decorated method and `execute()` runs bare, and HTTP clients send once, with their time limits only.
   * Policies and clients that are missing are accepted. For tests. Default: false.
   */
  passThrough?: boolean | undefined;
  /** The figures of the application, and where they go; false keeps none. */
  telemetry?: TelemetryOptions | false | undefined;
  /** Options of all caches: a store, and the tenant that is part of every key. */
  cache?: CacheModuleOptions | undefined;
  /**
   * Switches on the faults that `@Chaos()` and policies declare: `chaos({ enabled: true })` of `nestjs-breakwater/chaos`. Default:
   * they do nothing.
   */
  chaos?: ChaosSource | undefined;
  /** The port to time; for tests and simulations. Default: the system's. */
  clock?: Clock | undefined;
  /** Uniform in [0, 1); for tests and simulations. Default: `Math.random`. */
  random?: (() => number) | undefined;
}

const cacheRules = { store: storeRule, partition: callback<() => string>() };

/** Options of `cache`: what all caches have in common. @public */
export interface CacheModuleOptions {
  /** Where all caches keep their answers. Default: in the memory of the process. */
  store?: CacheStore | undefined;
  /** The tenant of this moment: it is part of every key. */
  partition?: (() => string) | undefined;
}

const CLOCK_METHODS = ['now', 'wallNow', 'setTimeout', 'clearTimeout'];

function isClock(value: unknown): value is Clock {
  if (!isOptionsObject(value)) return false;
  return CLOCK_METHODS.every((method) => typeof value[method] === 'function');
}

const clockPort = parsed<Clock, Clock | undefined>(
  `an object with the methods ${CLOCK_METHODS.join(', ')}`,
  undefined,
  (value) => (isClock(value) ? value : undefined),
);

const randomPort = parsed<() => number, (() => number) | undefined>(
  'a function that returns a number in [0, 1)',
  undefined,
  (value) => (typeof value === 'function' ? (value as () => number) : undefined),
);

/** A nested table of options. */
function table<R extends Rules, In>(rules: R): Rule<In, Layer<R> | undefined> {
  return {
    expected: `an object with ${Object.keys(rules).join(', ')}`,
    fallback: undefined,
    check: (value, path, problems) => checkLayer(rules, value, path, problems),
  };
}
const chaosPort: Rule<ChaosSource, OpenChaosSource | undefined> = {
  expected: "chaos({ … }) of 'nestjs-breakwater/chaos'",
  fallback: undefined,
  check(value, path, problems) {
    const source = value as OpenChaosSource;
    const isSource = [read(value, 'check'), read(value, 'open')].every((one) => typeof one === 'function');
    if (!isSource) return void problems.add(path, chaosPort.expected, value);
    source.check(path, problems);
    return source;
  },
};

/** The options of the module that no other table holds. */
const moduleRules = {
  nestedRetries: oneOf(['each', 'outermost'], { fallback: 'each' }),
  deadlines: flag({ fallback: false }),
  shutdown: group<typeof shutdownRules, ShutdownOptions>(shutdownRules),
  logging: loggingRule,
  passThrough: flag({ fallback: false }),
  telemetry: telemetryRule,
  cache: table<typeof cacheRules, CacheModuleOptions>(cacheRules),
  chaos: chaosPort,
  clock: clockPort,
  random: randomPort,
};

const ROOT_KEYS = ['defaults', 'policies', 'http', 'clients', ...Object.keys(moduleRules)];

/** True if the options say that everything runs bare; they need not have been checked. */
export function isPassThrough(options: unknown): boolean {
  return isOptionsObject(options) && Object.hasOwn(options, 'passThrough') && options.passThrough === true;
}

/** Checks the outermost keys of the module's options; what cannot be used is left out of the result. */
export function checkModuleOptions(
  options: unknown,
  problems: Problems,
): RuntimeOptions & { http?: unknown; clients?: unknown; chaos?: OpenChaosSource } {
  if (!isOptionsObject(options)) {
    problems.add('options', `an object with ${ROOT_KEYS.join(', ')}`, options);
    return {};
  }
  checkRootKeys(options, ROOT_KEYS, problems);
  const usable = Object.assign(bareObject(), options);
  for (const [key, rule] of Object.entries(moduleRules)) {
    const given = ownValue(options, key);
    if (given !== undefined) usable[key] = rule.check(given, key, problems);
  }
  return usable;
}

/** Milliseconds that running attempts may go on; a clock of one's own is moved by hand, and nothing would end the wait. */
export function graceOf({ clock, shutdown }: RuntimeOptions): number {
  if (clock) return 0;
  // a checked layer holds milliseconds
  return (shutdown?.grace as number | undefined) ?? shutdownRules.grace.fallback;
}

/** The options of what is counted; false if nothing is. */
export function countedBy({ telemetry = {} }: RuntimeOptions): ResolvedTelemetry | false {
  // a checked layer
  return telemetry !== false && mergeLayers(telemetryRules, [telemetry as Layer<typeof telemetryRules>]);
}

/** Reads the options of calls within calls; undefined if they ask for nothing special. */
export function nestingOf({ nestedRetries, deadlines = false }: RuntimeOptions): NestingOptions | undefined {
  const retriesOutermost = nestedRetries === 'outermost';
  return retriesOutermost || deadlines ? { retriesOutermost, sharesDeadlines: deadlines } : undefined;
}
