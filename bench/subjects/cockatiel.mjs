import {
  BrokenCircuitError,
  circuitBreaker,
  ConsecutiveBreaker,
  ConstantBackoff,
  handleAll,
  handleWhen,
  retry,
  wrap,
} from 'cockatiel';

export function breaker({ threshold = 5, recoveryTimeout = 30_000 } = {}) {
  return circuitBreaker(handleAll, {
    halfOpenAfter: recoveryTimeout,
    breaker: new ConsecutiveBreaker(threshold),
  });
}

/** An open circuit is not retried. */
export function retryAndBreaker(options) {
  const retries = retry(
    handleWhen((error) => !(error instanceof BrokenCircuitError)),
    { maxAttempts: 3, backoff: new ConstantBackoff(0) },
  );
  return wrap(retries, breaker(options));
}
