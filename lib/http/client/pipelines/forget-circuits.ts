import type { Pipeline } from '../../../pipeline/pipeline.js';

/** States of a circuit that only a hand ends. */
const HELD_BY_HAND: ReadonlySet<unknown> = new Set(['forced-open', 'disabled']);

/** Lets go of the circuits of origins that a client no longer has; those that were moved by hand stay. */
export function forgetCircuits({ parts }: Pipeline, origins: readonly string[]): void {
  const { circuitBreaker } = parts;
  if (!circuitBreaker || circuitBreaker.config.options.key !== undefined) return;
  for (const origin of origins)
    if (!HELD_BY_HAND.has(circuitBreaker.find(origin)?.state)) circuitBreaker.forget(origin);
}
