// An application with terminus over HTTP: terminus 12 calls an open circuit degraded, terminus 11 up with data; neither takes the
// instance away. Only circuits of `failOn` are down.
import { strict as assert } from 'node:assert';
import { createRequire } from 'node:module';
import 'reflect-metadata';
import { Controller, Get, Inject, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { ResilienceModule, ResilienceService } from 'nestjs-breakwater';
import { ResilienceHealthIndicator } from 'nestjs-breakwater/terminus';

const { version } = createRequire(import.meta.url)('@nestjs/terminus/package.json');
const shown = { 11: 'up', 12: 'degraded' }[version.split('.')[0]];

class HealthController {
  constructor(health, resilience) {
    Object.assign(this, { health, resilience });
  }

  ready() {
    return this.health.check([() => this.resilience.check('circuits', { failOn: ['payments'] })]);
  }

  alive() {
    return this.health.check([() => this.resilience.check()]);
  }
}
Inject(HealthCheckService)(HealthController, undefined, 0);
Inject(ResilienceHealthIndicator)(HealthController, undefined, 1);
for (const path of ['ready', 'alive'])
  Get(path)(
    HealthController.prototype,
    path,
    Object.getOwnPropertyDescriptor(HealthController.prototype, path),
  );
Controller('health')(HealthController);

class HealthModule {}
Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  providers: [ResilienceHealthIndicator],
  controllers: [HealthController],
})(HealthModule);

class AppModule {}
const circuitBreaker = { failureThreshold: 1, recoveryTimeout: '1h' };
Module({
  imports: [
    ResilienceModule.forRoot({ policies: { orders: { circuitBreaker }, payments: { circuitBreaker } } }),
    HealthModule,
  ],
})(AppModule);

const app = await NestFactory.create(AppModule, { logger: false });
await app.listen(0, '127.0.0.1');
const url = await app.getUrl();
const resilience = app.get(ResilienceService);

async function ask(path) {
  const response = await fetch(`${url}/health/${path}`);
  const { status, details } = await response.json();
  return { code: response.status, status, details };
}
const breakDown = (name) =>
  assert.rejects(resilience.execute(name, () => Promise.reject(new Error('password=1234'))));

assert.deepEqual(await ask('ready'), {
  code: 200,
  status: 'ok',
  details: { circuits: { status: 'up', open: [], total: 0 } },
});

await breakDown('orders');
for (const [path, key] of [
  ['ready', 'circuits'],
  ['alive', 'resilience'],
]) {
  const { code, details } = await ask(path);
  assert.equal(code, 200);
  const [{ since, retryAfter, ...open }, ...more] = details[key].open;
  assert.deepEqual([details[key].status, details[key].total, more], [shown, 1, []]);
  assert.deepEqual(open, { name: 'orders', lastError: { name: 'Error' } });
  assert.ok(Date.now() - since < 60_000 && retryAfter > 3_500_000 && retryAfter <= 3_600_000);
}

await breakDown('payments');
const down = await ask('ready');
assert.deepEqual([down.code, down.status, down.details.circuits.status], [503, 'error', 'down']);
assert.deepEqual(
  down.details.circuits.open.map(({ name }) => name),
  ['payments', 'orders'],
);
assert.equal((await ask('alive')).code, 200);
await app.close();
