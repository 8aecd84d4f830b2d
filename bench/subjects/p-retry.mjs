import pRetry from 'p-retry';

export const retried = (service, value) =>
  pRetry(() => service.call(value), { retries: 3, minTimeout: 0, maxTimeout: 0 });
