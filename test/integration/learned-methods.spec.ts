import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { defer, from, lastValueFrom, NEVER, of, throwError } from 'rxjs';
import type { Observable } from 'rxjs';
import { Attempt, Retryable, Timeout } from 'nestjs-breakwater';
import type { AttemptContext } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';
import type { TestApplication } from '../support/application.js';

/** Methods as compilers without `emitDecoratorMetadata` leave them: what they return is seen when they run. */
class Untyped {
  readonly seen: AttemptContext[] = [];

  @Retryable({ baseDelay: 0 })
  @Timeout('1s')
  promise(@Attempt() attempt?: AttemptContext): Promise<string> {
    this.seen.push(attempt as AttemptContext);
    return attempt?.attempt === 1 ? Promise.reject(new Error('not now')) : Promise.resolve('fine');
  }

  @Retryable({ baseDelay: 0 })
  @Timeout('1s')
  throwing(@Attempt() attempt?: AttemptContext): Promise<string> {
    this.seen.push(attempt as AttemptContext);
    if (attempt?.attempt === 1) throw new Error('not now');
    return Promise.resolve('fine');
  }

  @Retryable({ baseDelay: 0 })
  @Timeout('1s')
  observable(@Attempt() attempt?: AttemptContext): Observable<string> {
    this.seen.push(attempt as AttemptContext);
    return defer(() => (attempt?.attempt === 1 ? throwError(() => new Error('not now')) : of('fine')));
  }

  @Retryable({ baseDelay: 0 })
  @Timeout('1s')
  iterable(@Attempt() attempt?: AttemptContext): AsyncIterable<string> {
    this.seen.push(attempt as AttemptContext);
    return (async function* () {
      if (attempt?.attempt === 1) throw new Error('not now');
      yield 'fine';
    })();
  }

  @Timeout('1s')
  hangingPromise(@Attempt() attempt?: AttemptContext): Promise<never> {
    this.seen.push(attempt as AttemptContext);
    return new Promise(() => undefined);
  }

  @Timeout('1s')
  hangingObservable(@Attempt() attempt?: AttemptContext): Observable<never> {
    this.seen.push(attempt as AttemptContext);
    return NEVER;
  }
}
// the one thing that such compilers leave out
for (const method of Object.getOwnPropertyNames(Untyped.prototype))
  Reflect.deleteMetadata('design:returntype', Untyped.prototype, method);

type Returned = Promise<string> | Observable<string> | AsyncIterable<string>;

async function resultOf(returned: Returned): Promise<string> {
  if (returned instanceof Promise) return returned;
  return lastValueFrom(from(returned));
}

let app: TestApplication;
let untyped: Untyped;
beforeEach(async () => {
  app = await startApplication({}, Untyped);
  untyped = app.module.get(Untyped);
});
afterEach(() => app.module.close());

describe('the first call of a method whose type is unknown', () => {
  it.each(['promise', 'throwing', 'observable', 'iterable'] as const)(
    'has one key for all its attempts, and the deadline of each: %s',
    async (method) => {
      for (const call of [1, 2]) {
        untyped.seen.length = 0;
        await expect(resultOf(untyped[method]())).resolves.toBe('fine');
        const [first, second] = untyped.seen;
        expect([call, first.attempt, second.attempt]).toEqual([call, 1, 2]);
        expect(second.idempotencyKey).toBe(first.idempotencyKey);
        expect([first.deadline, second.deadline]).toEqual([1000, 1000]);
      }
    },
  );

  it.each(['hangingPromise', 'hangingObservable'] as const)(
    'aborts the signal of its attempt when that times out: %s',
    async (method) => {
      const result = resultOf(untyped[method]()).catch((error: unknown) => error);
      await app.clock.advance(1000);
      expect(await result).toMatchObject({ code: 'RESILIENCE_TIMEOUT' });
      expect(untyped.seen[0].signal.aborted).toBe(true);
      expect(untyped.seen[0].signal.reason).toBe(await result);
    },
  );
});

it('an attempt shows what it knows, and not how it works', async () => {
  await untyped.promise();
  const { idempotencyKey } = untyped.seen[1];
  const shown = { attempt: 2, deadline: 1000, idempotencyKey, lastError: {} };
  expect(JSON.parse(JSON.stringify(untyped.seen[1]))).toEqual(shown);
});
