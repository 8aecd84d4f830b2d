import { CircuitBreaker } from 'nestjs-breakwater';
import type { ExecuteOptions, ResilienceService } from 'nestjs-breakwater';
import { startApplication } from './application.js';
import type { TestApplication } from './application.js';

type Start = (circuitBreaker: object) => Promise<TestApplication>;

const policiesWith = (circuitBreaker: object) => ({ policies: { p: { circuitBreaker } } });

/** Its calls go through a decorated method, whose first attempt takes a shorter path than that of `execute`. */
const startDecorated: Start = async (circuitBreaker) => {
  class Work {
    @CircuitBreaker('p')
    run(work: () => unknown, _options?: ExecuteOptions): Promise<unknown> {
      return work() as Promise<unknown>;
    }
  }
  const app = await startApplication(policiesWith(circuitBreaker), Work);
  const work = app.module.get(Work);
  const execute = (_policy: unknown, run: () => unknown, options?: ExecuteOptions) => work.run(run, options);
  return { ...app, service: { execute } as unknown as ResilienceService };
};

/** The ways in which a call can reach the circuit `p`: each promise about it holds for both. */
export const ways: [way: string, start: Start][] = [
  ['execute', (circuitBreaker) => startApplication(policiesWith(circuitBreaker))],
  ['a decorated method', startDecorated],
];
