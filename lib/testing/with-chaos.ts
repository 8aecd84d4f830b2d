import type { INestApplicationContext } from '@nestjs/common';
import { chaos } from '../chaos/index.js';
import { isOptionsObject } from '../policy/layers.js';
import { Problems } from '../policy/problems.js';
import { APPLICATION } from '../resilience.providers.js';
import type { Application } from '../resilience.application.js';
import type { OpenChaosSource } from '../strategies/chaos/chaos-source.js';
import { faultsRule } from '../strategies/chaos/check-faults.js';
import type { Fault } from '../strategies/chaos/fault.js';

/** Faults by the name of the policy, of the method as `Class.method`, or of the HTTP client. @public */
export type FaultsByName = Readonly<Record<string, readonly Fault[]>>;

/**
 * Injects faults while a function runs, and takes them away when it has ended, however it ends. The application need not have been
 * started with chaos; faults that it declares stay as they are. It is the cheapest way to prove a fallback.
 *
 * @param app - the application, or the module of a test
 * @param faults - by the name whose attempts they meet; the default HTTP client is `http`
 * @returns the result of the function
 * @throws ResilienceConfigurationError for faults that are wrong
 * @throws Error for an application that runs bare, and where `NODE_ENV` is `production`
 *
 * @example
 * ```ts
 * const faults: Fault[] = [{ kind: 'error', error: 503 }];
 * const receipt = await withChaos(app, { 'PaymentsService.charge': faults }, () => payments.charge(order));
 * expect(receipt).toBe('queued'); // the fallback has answered
 * ```
 * @public
 */
export async function withChaos<T>(
  app: INestApplicationContext,
  faults: FaultsByName,
  run: () => T | Promise<T>,
): Promise<T> {
  const { runtime } = app.get<Application>(APPLICATION, { strict: false });
  if (process.env.NODE_ENV === 'production')
    throw new Error("withChaos: it is for tests, and NODE_ENV is 'production'");
  if (runtime.isPassThrough)
    throw new Error(
      'withChaos: nothing would be met, as the application runs bare; ResilienceTestingModule.forRoot({ passThrough: false, … }) does not',
    );
  const source = chaos({ enabled: true }) as OpenChaosSource;
  const injected = source.open(runtime.chaosHost);
  try {
    const problems = new Problems();
    if (!isOptionsObject(faults))
      problems.add('withChaos', 'an object with a list of faults per name', faults);
    const checked = Object.entries(isOptionsObject(faults) ? faults : {}).map(([name, given]) => {
      const list = faultsRule.check(given, `withChaos.${name}`, problems) ?? [];
      return () => injected.hold(name, list);
    });
    problems.throwIfAny();
    for (const begin of checked) begin();
    return await run();
  } finally {
    injected.control.stopAll();
  }
}
