import { isAbortSignal } from '../../policy/abort-signal.js';
import { read } from '../../policy/error-chain.js';

/**
 * The arguments of a run that belongs to no single caller: its own signal takes the place of an AbortSignal among them, and of the
 * `signal` of the last one, in a shallow copy of it. Where the caller has brought none, nothing is added.
 */
export function argumentsOfRun(args: readonly unknown[], signal: () => AbortSignal): readonly unknown[] {
  const last = args.length - 1;
  return args.map((arg, index) => {
    if (typeof arg !== 'object' || arg === null) return arg;
    if (isAbortSignal(arg)) return signal();
    return index === last ? withSignal(arg, signal) : arg;
  });
}

function withSignal(options: object, signal: () => AbortSignal): object {
  // that of a `Request` is no property of its own, and a copy would be no Request
  if (!Object.hasOwn(options, 'signal') || !isAbortSignal(read(options, 'signal'))) return options;
  const copy = Object.create(Object.getPrototypeOf(options) as object | null) as object;
  return Object.assign(copy, options, { signal: signal() });
}
