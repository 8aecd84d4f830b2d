import { distance } from 'fastest-levenshtein';
import { ResilienceConfigurationError } from '../exceptions/resilience-configuration.error.js';
import type { ConfigurationProblem } from '../exceptions/resilience-configuration.error.js';

/** Collects what is wrong with a configuration, so that the user is told everything at once. */
export class Problems {
  readonly list: ConfigurationProblem[] = [];

  add(path: string, expected: string, got: unknown): void {
    this.list.push({ path, expected, got });
  }

  /** Tells of a value that has to be given; not where a wrong one was found. */
  addMissing(path: string, expected: string): void {
    if (this.list.every((problem) => problem.path !== path)) this.add(path, expected, undefined);
  }

  /** @throws ResilienceConfigurationError if anything was found */
  throwIfAny(): void {
    if (this.list.length > 0) throw new ResilienceConfigurationError(this.list);
  }
}

/** `'payments' or 'search'`; the nearest to a mistyped name is put forward. */
export function suggest(got: string, known: readonly string[]): string {
  if (known.length === 0) return 'none is known here';
  const nearest = [...known].sort((a, b) => distance(got, a) - distance(got, b))[0];
  const isNear = distance(got.toLowerCase(), nearest.toLowerCase()) <= Math.max(2, nearest.length / 3);
  const list = `known: ${known.join(', ')}`;
  return isNear ? `did you mean '${nearest}'? ${list}` : list;
}
