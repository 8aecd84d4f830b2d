// The success path of a decorated call against the bare call, interleaved in one process: npm run build, then
// node bench/success-path.mjs. Prints medians and ratios; absolute numbers belong to the machine.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { CircuitBreaker, ResilienceModule, Retryable } from 'nestjs-breakwater';

const CALLS = 200_000;
const ROUNDS = 15;

class Service {
  async bare(value) {
    return value;
  }
  async retried(value) {
    return value;
  }
  async protected(value) {
    return value;
  }
}
function decorate(key, ...decorators) {
  const descriptor = Object.getOwnPropertyDescriptor(Service.prototype, key);
  for (const decorator of decorators) decorator(Service.prototype, key, descriptor);
  Object.defineProperty(Service.prototype, key, descriptor);
}
decorate('retried', Retryable());
decorate('protected', CircuitBreaker(), Retryable());

class HandWritten {
  failures = 0;
  openUntil = 0;
  async run(service, value) {
    for (let attempt = 1; ; attempt++) {
      if (this.openUntil > 0 && performance.now() < this.openUntil) throw new Error('open');
      try {
        const result = await service.bare(value);
        this.failures = 0;
        return result;
      } catch (error) {
        if (++this.failures >= 5) this.openUntil = performance.now() + 30_000;
        if (attempt > 3) throw error;
      }
    }
  }
}

const module = { module: class Bench {}, imports: [ResilienceModule.forRoot()], providers: [Service] };
const app = await NestFactory.createApplicationContext(module, { logger: false });
const service = app.get(Service);
const hand = new HandWritten();
const cases = {
  'bare call': () => service.bare(1),
  'hand-written loop with breaker counters': () => hand.run(service, 1),
  '@Retryable': () => service.retried(1),
  '@Retryable @CircuitBreaker': () => service.protected(1),
};

const times = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, run] of Object.entries(cases)) {
    const started = performance.now();
    for (let call = 0; call < CALLS; call++) await run();
    times[name].push(((performance.now() - started) * 1e6) / CALLS);
  }
}
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const bare = median(times['bare call']);
for (const [name, values] of Object.entries(times)) {
  console.log(
    `${name.padEnd(42)} ${median(values).toFixed(0).padStart(6)} ns  ${(median(values) / bare).toFixed(2)} × bare`,
  );
}
await app.close();
