import { ShutdownException } from '../exceptions/rejection.exceptions.js';
import type { CallFigures } from '../telemetry/call-figures.js';
import { Refusal } from './acquire.js';
import type { Wait } from './acquire.js';
import { refuse } from './guards/refuse.js';
import type { Outcome } from './outcome.js';

/** The reason why a first attempt does not begin at once: a guard, the shutdown, or a user's `key` function that has thrown. */
export type Obstacle = Refusal | Wait | { readonly failure: unknown };

/** Makes the outcome of a first attempt that does not begin, and counts the refusal of a guard. */
export function outcomeOfObstacle(
  obstacle: Exclude<Obstacle, Wait>,
  figures: CallFigures | undefined,
): Outcome {
  if (obstacle instanceof Refusal)
    return { kind: 'refused', error: refuse(obstacle.guard, undefined, figures) };
  const { failure } = obstacle;
  return { kind: failure instanceof ShutdownException ? 'refused' : 'failed', error: failure };
}
