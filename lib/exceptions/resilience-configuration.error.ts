import { ResilienceException } from './resilience.exception.js';

/** One thing that is wrong with the configuration. @public */
export interface ConfigurationProblem {
  /** Where it stands, such as `policies.payments.retry.maxDelay` or `PaymentsService.pay @Retryable`. */
  readonly path: string;
  /** The values that were expected there, in words. */
  readonly expected: string;
  /** The value that was found. */
  readonly got: unknown;
}

function show(value: unknown): string {
  if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`;
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
  try {
    return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  } catch {
    return Object.prototype.toString.call(value);
  }
}

/**
 * The configuration is wrong; the message lists every problem, a line each (`RESILIENCE_CONFIGURATION`).
 *
 * @example
 * ```ts
 * if (error instanceof ResilienceConfigurationError) for (const { path, expected } of error.problems) console.error(path, expected);
 * ```
 * @public
 */
export class ResilienceConfigurationError extends ResilienceException {
  /** Everything that was found, in the order in which it was found. */
  readonly problems: readonly ConfigurationProblem[];

  constructor(problems: readonly ConfigurationProblem[]) {
    const lines = problems.map(
      ({ path, expected, got }) => `  ${path}: expected ${expected}, got ${show(got)}`,
    );
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
    const message = `The resilience configuration has ${count}:\n${lines.join('\n')}`;
    super({ message, code: 'RESILIENCE_CONFIGURATION', status: 500 });
    this.problems = problems;
  }
}
