import { afterEach, describe, expect, it } from '@jest/globals';
import { CircuitBreaker, CircuitOpenException, ResilienceConfigurationError } from 'nestjs-breakwater';
import type { PolicyOptions, ResilienceModuleOptions } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';
import type { TestApplication } from '../support/application.js';
import { begin, fail, succeed } from '../support/calls.js';

let app: TestApplication;

afterEach(() => app.module.close());

async function start(policies: NonNullable<ResilienceModuleOptions['policies']>, ...providers: object[]) {
  app = await startApplication({ policies }, ...providers);
}

/** A policy whose circuit is that of the database. */
const database = (failureThreshold: number): PolicyOptions => ({
  circuitBreaker: { name: 'db', failureThreshold },
});

const circuits = () => [...app.circuits].map(({ name }) => name);
const thresholdOf = async (policy: string, name?: string) => {
  for (let failures = 1; failures < 20; failures++) {
    await app.service.execute(policy, () => Promise.reject(new Error('down')), { name }).catch(() => 0);
    if (app.circuits.get(name ?? policy)?.state === 'open') return failures;
  }
  return Infinity;
};

/** Gives a policy so many names that no other pipeline of a name is kept. */
async function forgetPipelines(policy: string | PolicyOptions): Promise<void> {
  for (let call = 0; call < 1000; call++)
    await app.service.execute(policy, () => 'fine', { name: `call ${call}` });
}

describe('a name that several policies write', () => {
  it('is free for new options once the others write another one', async () => {
    await start({ reads: database(3), writes: database(3) });
    await succeed(app, 'reads');
    await succeed(app, 'writes');
    app.service.update('writes', { circuitBreaker: { name: 'writes' } });
    app.service.update('reads', database(4));
    await fail(app, 'reads', 3);
    expect(app.circuits.get('db')?.state).toBe('closed');
    await fail(app, 'reads');
    expect(app.circuits.get('db')?.state).toBe('open');
  });

  it('is free once the others have no circuit any more', async () => {
    await start({ reads: database(3), writes: database(3) });
    await succeed(app, 'reads');
    await succeed(app, 'writes');
    app.service.update('writes', { retry: {} });
    expect(() => app.service.update('reads', database(4))).not.toThrow();
  });

  it('is free once the calls that brought it are forgotten', async () => {
    await start({ reads: { circuitBreaker: {} }, writes: { circuitBreaker: {} }, many: {} });
    await app.service.execute('reads', () => 'fine', { name: 'db' });
    await app.service.execute('writes', () => 'fine', { name: 'db' });
    const change = () => app.service.update('reads', { circuitBreaker: { failureThreshold: 9 } });
    expect(change).toThrow("the options of execute('writes')");
    await forgetPipelines('many');
    expect(change).not.toThrow();
  });

  it('keeps its options while another policy has them, even the policy of that very name', async () => {
    await start({ db: { circuitBreaker: { failureThreshold: 3 } }, reads: database(3) });
    await succeed(app, 'db');
    await succeed(app, 'reads');
    expect(() => app.service.update('reads', database(4))).toThrow("the options of execute('db')");
    const change = { circuitBreaker: { failureThreshold: 4 } };
    expect(() => app.service.update('db', change)).toThrow("the options of execute('reads')");
    await fail(app, 'reads', 3);
    expect(app.circuits.get('db')?.state).toBe('open');
  });

  it('is not held by a call that was refused', async () => {
    const pool = { name: 'db', maxConcurrent: 1 };
    await start({
      reads: database(3),
      writes: { ...database(3), bulkhead: { ...pool, maxConcurrent: 2 } },
      pools: { bulkhead: pool },
    });
    await succeed(app, 'reads');
    await succeed(app, 'pools');
    expect(await fail(app, 'writes')).toBeInstanceOf(ResilienceConfigurationError);
    expect(() => app.service.update('reads', database(4))).not.toThrow();
  });

  it('is told apart by class where two classes have the same name', async () => {
    const [One, Other] = ['reads', 'writes'].map((policy) => {
      class Orders {
        async find(): Promise<string> {
          return 'found';
        }
      }
      CircuitBreaker(policy)(
        Orders.prototype,
        'find',
        Object.getOwnPropertyDescriptor(Orders.prototype, 'find') as never,
      );
      return Orders;
    }) as [new () => object, new () => object];
    await start({ reads: database(3), writes: database(3) }, One, Other);
    app.circuits.get('db')?.forceOpen();
    app.service.update('reads', { circuitBreaker: false });
    expect(app.circuits.get('db')?.state).toBe('forced-open');
    expect(() => app.service.update('writes', database(4))).not.toThrow();
  });
});

describe('a policy whose calls have many names', () => {
  it('keeps its own circuit under new options', async () => {
    await start({ p: { circuitBreaker: { failureThreshold: 3 } } });
    await succeed(app, 'p');
    app.circuits.get('p')?.forceOpen();
    await forgetPipelines('p');
    app.service.update('p', { circuitBreaker: { failureThreshold: 5 } });
    expect(await fail(app, 'p')).toBeInstanceOf(CircuitOpenException);
    expect(circuits()).not.toContain('p#2');
  });

  it('may be updated whether their pipelines are kept or not', async () => {
    await start({ p: { circuitBreaker: { failureThreshold: 3 } }, other: {} });
    await app.service.execute('p', () => 'fine', { name: 'tenant' });
    await forgetPipelines('other');
    app.service.update('p', { circuitBreaker: { failureThreshold: 5 } });
    expect(await thresholdOf('p', 'tenant')).toBe(5);
  });

  it('keeps the circuits that are open', async () => {
    await start({ p: { circuitBreaker: { failureThreshold: 3 } } });
    await app.service.execute('p', () => 'fine', { name: 'tenant' });
    app.circuits.get('tenant')?.forceOpen();
    await forgetPipelines('p');
    app.service.update('p', { circuitBreaker: { failureThreshold: 5 } });
    expect(app.circuits.get('tenant')?.state).toBe('forced-open');
    await expect(app.service.execute('p', () => 'fine', { name: 'tenant' })).rejects.toThrow(
      CircuitOpenException,
    );
  });
});

describe('a state that an inline policy uses too', () => {
  it('stays when a policy is updated that no longer uses it', async () => {
    await start({ reads: database(3) });
    await succeed(app, 'reads');
    const inline = database(3);
    await succeed(app, inline);
    app.circuits.get('db')?.forceOpen();
    app.service.update('reads', { circuitBreaker: false });
    expect(app.circuits.get('db')?.state).toBe('forced-open');
    expect(await fail(app, inline)).toBeInstanceOf(CircuitOpenException);
    expect(await fail(app, database(3))).toBeInstanceOf(CircuitOpenException);
  });

  it('keeps its calls under way', async () => {
    const inline = { bulkhead: { name: 'db', maxConcurrent: 1 } };
    await start({ reads: inline });
    await succeed(app, 'reads');
    const underWay = begin(app, inline);
    app.service.update('reads', {});
    expect(await fail(app, { ...inline })).toMatchObject({ code: 'RESILIENCE_BULKHEAD_FULL' });
    await underWay.succeed();
  });
});

describe('a strategy that an update takes away', () => {
  it('lets go of its budget', async () => {
    const retry = (minPerSecond: number, name?: string) => ({
      retry: { name, maxRetries: 1, baseDelay: 0, budget: { ratio: 0, minPerSecond } },
    });
    await start({ p: retry(1) });
    await fail(app, 'p');
    app.service.update('p', {});
    // the name would be refused with other options if the budget were still held
    await expect(app.service.execute(retry(2, 'p'), () => 'fine')).resolves.toBe('fine');
  });

  it('lets go of the times that it has measured', async () => {
    const hedge = (delay: string | number, maxHedges: number) => ({
      hedge: { name: 'answers', delay, maxHedges },
    });
    await start({ p: hedge('p95', 1) });
    await succeed(app, 'p');
    app.service.update('p', {});
    await expect(app.service.execute(hedge(100, 2) as PolicyOptions, () => 'fine')).resolves.toBe('fine');
  });
});

describe('an inline policy that is given to calls of several names', () => {
  it('is compiled once for each name', async () => {
    await start({});
    let compiled = 0;
    const inline: PolicyOptions = {
      get retry() {
        compiled++;
        return { maxRetries: 1 };
      },
    };
    for (let round = 0; round < 5; round++)
      for (const name of ['a', 'b', 'c']) await app.service.execute(inline, () => 'fine', { name });
    const once = compiled;
    for (const name of ['a', 'b', 'c']) await app.service.execute(inline, () => 'fine', { name });
    expect(compiled).toBe(once);
  });
});
