import type { Guard } from '../../strategies/guard.js';
import type { CallFigures } from '../../telemetry/call-figures.js';

/** Makes the error of a call that a guard has refused, and counts the refusal for the family of the call. */
export function refuse(guard: Guard, cause: unknown, figures: CallFigures | undefined): Error {
  figures?.countRejection(guard.strategy, guard.key);
  return guard.refuse(cause);
}
