/**
 * A process of its own: one application lives through several rounds in which a test puts fake timers on and takes
 * them off. The first argument names the kind of fake timers; what each round has seen is told on stdout.
 */
import * as FakeTimers from '@sinonjs/fake-timers';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { mock } from 'node:test';
import { CircuitBreaker, RateLimit, ResilienceModule, Retryable, Timeout } from 'nestjs-breakwater';

const ownImmediate = setImmediate;
const settle = async () => {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => ownImmediate(resolve));
};

interface Fakes {
  advance(ms: number): unknown;
  takeOff(): void;
}

type Method = NonNullable<NonNullable<Parameters<typeof FakeTimers.install>[0]>['toFake']>[number];

/** What Vitest 2 fakes unless told otherwise: not `performance`. */
const VITEST_2: Method[] = [
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
  'Date',
];

function installSinon(toFake?: Method[]): Fakes {
  const clock = FakeTimers.install(toFake ? { toFake } : {});
  return { advance: (ms) => clock.tickAsync(ms), takeOff: () => void clock.uninstall() };
}

function installNode(options?: Parameters<typeof mock.timers.enable>[0]): Fakes {
  mock.timers.enable(options);
  return { advance: (ms) => mock.timers.tick(ms), takeOff: () => mock.timers.reset() };
}

const kinds: Record<string, () => Fakes> = {
  sinon: () => installSinon(),
  'vitest 2': () => installSinon(VITEST_2),
  'node:test': () => installNode(),
  'node:test, setTimeout only': () => installNode({ apis: ['setTimeout'] }),
};

class Service {
  failures = 0;
  isDown = false;

  @Retryable({ baseDelay: '1s', jitter: 'none', maxRetries: 3 })
  async retried(): Promise<string> {
    if (this.failures-- > 0) throw new Error('not yet');
    return 'done';
  }

  @Timeout('300ms')
  hanging(): Promise<string> {
    return new Promise(() => undefined);
  }

  @RateLimit({ limit: 1, interval: '2s', maxWait: '1m' })
  async slow(): Promise<string> {
    return 'done';
  }

  @RateLimit({ limit: 1, interval: 5, maxWait: '1m' })
  async quick(): Promise<string> {
    return 'done';
  }

  @CircuitBreaker({ failureThreshold: 1, recoveryTimeout: '30s' })
  async guarded(): Promise<string> {
    if (this.isDown) throw new Error('down');
    return 'done';
  }
}

@Module({ imports: [ResilienceModule.forRoot({ random: () => 0.5 })], providers: [Service] })
class App {}

const install = kinds[process.argv[2]];
const app = await NestFactory.createApplicationContext(App, { logger: false });
const service = app.get(Service);

/** How a call stands before and after the last milliseconds of an advance. */
async function across(call: Promise<string>, fakes: Fakes, before: number, rest: number): Promise<string[]> {
  let state = 'waits';
  call.then(
    (value) => (state = value),
    (error: { code?: string; message: string }) => (state = error.code ?? error.message),
  );
  await settle();
  await fakes.advance(before);
  await settle();
  const states = [state];
  await fakes.advance(rest);
  await settle();
  return [...states, state];
}

/** Lets a call end; fake time is advanced only if it waits. */
async function ended(call: Promise<string>, fakes: Fakes, ms: number): Promise<void> {
  let isOver = false;
  void call.then(() => (isOver = true));
  await settle();
  if (!isOver) await fakes.advance(ms);
  await call;
}

async function round() {
  const fakes = install();
  service.failures = 1;
  const retry = await across(service.retried(), fakes, 900, 100);
  const timeout = await across(service.hanging(), fakes, 250, 50);
  await ended(service.slow(), fakes, 2000);
  const rate = await across(service.slow(), fakes, 1900, 100);
  await fakes.advance(10_000);
  service.isDown = true;
  await service.guarded().catch(() => undefined);
  service.isDown = false;
  const circuit = await across(service.guarded(), fakes, 29_000, 0);
  await fakes.advance(1000);
  circuit.push(await service.guarded().catch(({ code }: { code: string }) => code));
  // one that waits for its turn when the fake timers go, and whose alarm goes with them
  await ended(service.quick(), fakes, 5);
  const left = service.quick();
  await settle();
  fakes.takeOff();
  const joined = service.quick();
  return { retry, timeout, rate, circuit, takenOff: await Promise.all([left, joined]) };
}

process.stdout.write(JSON.stringify([await round(), await round()]));
await app.close();
