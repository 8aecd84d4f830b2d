import {
  BrokenCircuitError,
  circuitBreaker,
  ConsecutiveBreaker,
  ConstantBackoff,
  handleAll,
  handleWhen,
  retry,
  timeout,
  TimeoutStrategy,
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

/** The same with a limit for each attempt. */
export function withTimeout() {
  return wrap(retryAndBreaker(), timeout(10_000, TimeoutStrategy.Aggressive));
}
