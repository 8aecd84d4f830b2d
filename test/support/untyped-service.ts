import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import { startApplication } from './application.js';
import type { TestApplication } from './application.js';

/** What a driver or an SDK has done. */
export interface Journal {
  /** Statements or requests that were executed. */
  executed: number;
  /** How many of the next ones fail. */
  failures: number;
}

/** Counts an execution, which fails if the journal says so. */
export function execute(journal: Journal): void {
  journal.executed++;
  if (journal.failures-- > 0)
    throw Object.assign(new Error('the connection is lost'), { code: 'ECONNRESET' });
}

/** A service whose method is decorated with `@Retryable` and `@CircuitBreaker({ name: 'upstream' })`, and not typed. */
export interface Example {
  readonly what: string;
  readonly service: Type<object>;
  readonly method: string;
  /** Reads what a caller makes of a result; default: the result itself. */
  readonly read?: (result: never) => unknown;
}

/** Turns of the event loop after which a statement that was begun has been executed. */
const TURNS = 20;

type Run = () => Promise<unknown>;

/** The promises that hold for methods of unknown type which return lazy queries and promises of SDKs. */
export function describeUntyped(example: Example, journal: Journal): void {
  const { what, service, method, read = (result: unknown) => result } = example;
  const readResult = async (run: () => unknown) => (read as (result: unknown) => unknown)(await run());

  describe(`an untyped method that returns ${what}`, () => {
    let app: TestApplication;
    let call: Run;
    beforeEach(async () => {
      app = await startApplication({}, service);
      const instance = app.module.get<Record<string, Run>>(service);
      call = () => instance[method]();
      Object.assign(journal, { executed: 0, failures: 0 });
    });
    afterEach(() => app.module.close());

    it('has no type that could be read', () => {
      const { prototype } = service as unknown as { prototype: object };
      expect(Reflect.getMetadata('design:returntype', prototype, method)).toBeUndefined();
    });

    it('gives what it gives without decorators', async () => {
      // outside of Nest it runs undecorated
      const plain = new service() as Record<string, Run>;
      const expected = await readResult(() => plain[method]());
      for (let count = 0; count < 3; count++) expect(await readResult(call)).toEqual(expected);
    });

    it('is executed once by each call, the first one included', async () => {
      for (const count of [1, 2, 3]) {
        await call();
        expect(journal.executed).toBe(count);
      }
    });

    it('is executed once by each call of several that overlap', async () => {
      await Promise.all([call(), call(), call()]);
      expect(journal.executed).toBe(3);
    });

    it('is never executed behind a circuit that is forced open, not even by the first call', async () => {
      app.circuits.get('upstream')?.forceOpen();
      for (let count = 0; count < 2; count++)
        await expect(call()).rejects.toMatchObject({ code: 'RESILIENCE_CIRCUIT_OPEN' });
      // some drivers look for a connection first, and execute a little later
      for (let count = 0; count < TURNS; count++) await new Promise((resolve) => setImmediate(resolve));
      expect(journal.executed).toBe(0);
    });

    it('is executed again after a failure', async () => {
      for (let count = 0; count < 2; count++) {
        Object.assign(journal, { executed: 0, failures: 2 });
        await expect(readResult(call)).resolves.toBeDefined();
        expect(journal.executed).toBe(3);
      }
    });

    it('opens its circuit with its failures', async () => {
      journal.failures = Infinity;
      await call().then(undefined, () => undefined);
      await expect(call()).rejects.toMatchObject({ code: 'RESILIENCE_CIRCUIT_OPEN' });
      expect(journal.executed).toBe(4);
    });
  });
}
