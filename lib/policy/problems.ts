import { ResilienceConfigurationError } from '../exceptions/resilience-configuration.error.js';
import type { ConfigurationProblem } from '../exceptions/resilience-configuration.error.js';

/** Collects what is wrong with a configuration, so that the user sees everything at once. */
export class Problems {
  readonly list: ConfigurationProblem[] = [];

  add(path: string, expected: string, got: unknown): void {
    this.list.push({ path, expected, got });
  }

  /** Reports a value that has to be given; not where a wrong one was found. */
  addMissing(path: string, expected: string): void {
    if (this.list.every((problem) => problem.path !== path)) this.add(path, expected, undefined);
  }

  /** @throws ResilienceConfigurationError if anything was found */
  throwIfAny(): void {
    if (this.list.length > 0) throw new ResilienceConfigurationError(this.list);
  }
}

/** Collects nothing but options that do not exist: what is missing or wrong is accepted. */
class KeyProblems extends Problems {
  override add(path: string, expected: string, got: unknown): void {
    if (expected.startsWith(KNOWN_OPTION)) super.add(path, expected, got);
  }
}

/** Collects everything, or, where nothing is protected, only options that do not exist. */
export function newProblems(isPassThrough: boolean): Problems {
  return isPassThrough ? new KeyProblems() : new Problems();
}

/** The beginning of what is expected in the place of an option that does not exist. */
export const KNOWN_OPTION = 'a known option';

/** The nearest to a mistyped name is put forward, and all that are known are listed. */
export function suggest(got: string, known: readonly string[]): string {
  if (known.length === 0) return 'none is known here';
  const distances = known.map((name) => distance(got.toLowerCase(), name.toLowerCase()));
  const least = Math.min(...distances);
  const nearest = known[distances.indexOf(least)];
  const list = `known: ${known.join(', ')}`;
  return least <= Math.max(2, nearest.length / 3) ? `did you mean '${nearest}'? ${list}` : list;
}

/** Counts the letters that have to be added, left out or changed (Levenshtein). */
function distance(from: string, to: string): number {
  let above = [...Array(to.length + 1).keys()];
  for (const letter of from) {
    const row = [above[0] + 1];
    for (let i = 0; i < to.length; i++) {
      row.push(Math.min(row[i] + 1, above[i + 1] + 1, above[i] + (letter === to[i] ? 0 : 1)));
    }
    above = row;
  }
  return above[to.length];
}
