import CircuitBreaker from 'opossum';

/** Without its timeout of 10 s, as no other subject has one. It opens by the share of failures. */
export function breaker(service, options = {}) {
  return new CircuitBreaker((value) => service.call(value), { timeout: false, ...options });
}
