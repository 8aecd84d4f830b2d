const SEED = 20261124;

/**
 * How a property is run: always with the same seed. Mutation testing runs each property some hundred times over,
 * so that it takes fewer examples there, and does not look for the smallest one.
 */
export function runs(numRuns: number) {
  if (process.env.STRYKER_MUTATOR_WORKER === undefined) return { seed: SEED, numRuns };
  return { seed: SEED, numRuns: Math.ceil(numRuns / 8), endOnFailure: true };
}
