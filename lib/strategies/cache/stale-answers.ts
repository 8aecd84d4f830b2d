import type { ResilienceEvents } from '../../events/resilience-events.js';
import { isResilienceException } from '../../exceptions/resilience.exception.js';
import type { ClassifyFailure } from '../../failures/classify-failure.js';
import { isControlFlow } from '../../failures/explain-failure.js';
import type { WrappedCall } from '../call-wrapper.js';

/** Refusals and time limits of this library: a stale answer stands in for them, whatever a classification says of them. */
const LOCAL_REJECTION = /^RESILIENCE_(CIRCUIT_OPEN|TIMEOUT|BULKHEAD_FULL|RATE_LIMITED|SHUTDOWN)$/;

/** True for a failure that says nothing against a stale answer: not for an upstream's "no", nor for a caller who has left. */
export function answersFor(
  error: unknown,
  call: WrappedCall,
  { classify, events }: { readonly classify: ClassifyFailure; readonly events: ResilienceEvents },
): boolean {
  if (call.hasAnswered || call.signal?.aborted === true || isControlFlow(error)) return false;
  if (isResilienceException(error) && LOCAL_REJECTION.test(error.code)) return true;
  try {
    return classify(error) !== 'permanent';
  } catch (thrown) {
    events.report(`The 'classify' of '${call.label.name}'`, thrown);
    return false;
  }
}
