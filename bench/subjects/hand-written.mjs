/** What a careful colleague writes by hand: a retry loop around the counters of a circuit breaker. */
export class HandWritten {
  failures = 0;
  openUntil = 0;

  constructor({ threshold = 5, recoveryTimeout = 30_000 } = {}) {
    this.threshold = threshold;
    this.recoveryTimeout = recoveryTimeout;
  }

  async run(service, value) {
    for (let attempt = 1; ; attempt++) {
      if (this.openUntil > 0 && performance.now() < this.openUntil) throw new Error('open');
      try {
        const result = await service.call(value);
        this.failures = 0;
        return result;
      } catch (error) {
        if (++this.failures >= this.threshold) this.openUntil = performance.now() + this.recoveryTimeout;
        if (attempt > 3) throw error;
      }
    }
  }
}
