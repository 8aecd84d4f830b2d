import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import {
  CircuitBreakerRegistry,
  ResilienceEvents,
  ResilienceModule,
  ResilienceService,
} from 'nestjs-breakwater';
import type { CallSettledEvent, ResilienceEvent, ResilienceModuleOptions } from 'nestjs-breakwater';
import { ManualClock } from 'nestjs-breakwater/testing';

/** A Nest application on virtual time, with the events that it has told. */
export interface TestApplication {
  readonly module: TestingModule;
  readonly clock: ManualClock;
  readonly service: ResilienceService;
  readonly circuits: CircuitBreakerRegistry;
  /** Everything but the ends of calls. */
  readonly told: ResilienceEvent[];
  /** The ends of calls. */
  readonly settled: CallSettledEvent[];
}

/** Starts a real container with the module on a `ManualClock`; chance is always one half. */
export function startApplication(
  options: ResilienceModuleOptions = {},
  ...providers: object[]
): Promise<TestApplication> {
  return startApplicationOn(new ManualClock(), options, ...providers);
}

/** The same on a clock of one's own. */
export async function startApplicationOn(
  clock: ManualClock,
  options: ResilienceModuleOptions,
  ...providers: object[]
): Promise<TestApplication> {
  const module = await Test.createTestingModule({
    imports: [ResilienceModule.forRoot({ clock, random: () => 0.5, ...options })],
    providers: providers as never,
  }).compile();
  module.useLogger(false);
  await module.init();
  const told: ResilienceEvent[] = [];
  const settled: CallSettledEvent[] = [];
  module
    .get(ResilienceEvents)
    .asObservable()
    .subscribe((event) => void (event.type === 'call.settled' ? settled.push(event) : told.push(event)));
  return {
    module,
    clock,
    service: module.get(ResilienceService),
    circuits: module.get(CircuitBreakerRegistry),
    told,
    settled,
  };
}

/** How a promise stands, without waiting for it. */
export async function stateOf(promise: Promise<unknown>): Promise<string> {
  let state = 'pending';
  promise.then(
    () => (state = 'fulfilled'),
    () => (state = 'rejected'),
  );
  await new Promise((resolve) => setImmediate(resolve));
  return state;
}
