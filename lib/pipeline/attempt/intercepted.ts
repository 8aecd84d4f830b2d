import type { BodyInterceptor, InterceptedCall, Interception } from '../../strategies/body-interceptor.js';
import type { Label } from '../../strategies/label.js';
import { operationWith, runBody } from '../operation.js';
import type { MakeAttempt, Operation } from '../operation.js';

/** Asks the strategies in front of a body; the first that intercepts decides. */
export function interceptionOf(interceptors: readonly BodyInterceptor[]): Interception | undefined {
  for (const interceptor of interceptors) {
    const interception = interceptor.intercept();
    if (interception) return interception;
  }
  return undefined;
}

/** An operation with strategies in front of the body of each attempt. */
export function intercepted(
  operation: Operation,
  interceptors: readonly BodyInterceptor[],
  { label, figures }: { readonly label: Label } & Pick<InterceptedCall, 'figures'>,
): Operation {
  const { key, makeAttempt: inner = runBody } = operation;
  const call: InterceptedCall = { ...label, key, figures };
  if (operation.intercept)
    return operationWith(operation, { method: operation.intercept(interceptors, call) });
  const makeAttempt: MakeAttempt = (attempt, current) => {
    const asked = attempt.attempt === 1 ? operation.decided : undefined;
    const interception = asked ? asked.interception : interceptionOf(interceptors);
    if (!interception) return inner(attempt, current);
    return interception.run(attempt, call).then((answer) => {
      // the caller has its answer already: the body must not begin
      if (attempt.isAborted) throw attempt.signal.reason;
      if (!answer) return inner(attempt, current);
      if ('error' in answer) throw answer.error;
      return inner(attempt, current, () => answer.value);
    });
  };
  return operationWith(operation, { makeAttempt });
}
