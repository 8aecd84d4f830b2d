import type { Clock } from '../clock/clock.js';
import { checkRootKeys, isOptionsObject } from '../policy/layers.js';
import type { Problems } from '../policy/problems.js';
import type { PolicyOptions } from '../strategies/policy.options.js';

/** What the runtime reads of the module's options; `http` and `clients` belong to the HTTP clients. */
export interface RuntimeOptions {
  /** Where every policy starts. */
  defaults?: PolicyOptions | undefined;
  /** Named policies: `@Retryable('payments')`. */
  policies?: Readonly<Record<string, PolicyOptions>> | undefined;
  /** The port to time; for tests and simulations. Default: the system's. */
  clock?: Clock | undefined;
  /** Uniform in [0, 1); for tests and simulations. Default: `Math.random`. */
  random?: (() => number) | undefined;
}

const KEYS = ['defaults', 'policies', 'http', 'clients', 'clock', 'random'];
const CLOCK_METHODS = ['now', 'wallNow', 'setTimeout', 'clearTimeout'];

/** Checks the outermost keys of the module's options; what cannot be used is left out of the result. */
export function checkModuleOptions(
  options: unknown,
  problems: Problems,
): RuntimeOptions & { http?: unknown; clients?: unknown } {
  if (options === undefined) return {};
  if (!isOptionsObject(options)) {
    problems.add('options', `an object with ${KEYS.join(', ')}`, options);
    return {};
  }
  checkRootKeys(options, KEYS, problems);
  const { clock, random, ...rest } = options;
  if (random !== undefined && typeof random !== 'function') {
    problems.add('random', 'a function that returns a number in [0, 1)', random);
  }
  if (clock !== undefined && !isClock(clock)) {
    problems.add('clock', `an object with the methods ${CLOCK_METHODS.join(', ')}`, clock);
  }
  const usable = {
    ...(typeof random === 'function' ? { random: random as () => number } : {}),
    ...(isClock(clock) ? { clock } : {}),
  };
  return { ...rest, ...usable };
}

function isClock(value: unknown): value is Clock {
  if (!isOptionsObject(value)) return false;
  return CLOCK_METHODS.every((method) => typeof value[method] === 'function');
}
