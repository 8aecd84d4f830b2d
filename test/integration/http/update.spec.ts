import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CircuitOpenException, ResilienceService } from 'nestjs-breakwater';
import type { HttpClientOptions, PolicyOptions, ResilienceModuleOptions } from 'nestjs-breakwater';
import { answer, FaultServer } from '../../support/fault-server/fault-server.js';
import { startHttp, stopHttp } from '../../support/http-application.js';
import type { HttpApplication } from '../../support/http-application.js';

const upstream = await FaultServer.start();
beforeEach(() => upstream.play(answer(200)));
afterAll(() => upstream.stop());
afterEach(stopHttp);

let app: HttpApplication;

async function start(
  policies: NonNullable<ResilienceModuleOptions['policies']>,
  http: HttpClientOptions = {},
): Promise<void> {
  app = await startHttp(http, { policies });
}

const update = (policy: string, options: PolicyOptions) =>
  app.module.get(ResilienceService).update(policy, options);
const get = (options: object = {}) => app.http.get(upstream.url, options);
const circuits = () => [...app.circuits].map(({ name }) => name);
const nameOf = (family: string) => `${family}[${upstream.url}]`;

describe('the circuit of an HTTP client', () => {
  it('stays when a policy is updated that has shared its name', async () => {
    const circuitBreaker = { name: 'db', failureThreshold: 3 };
    await start({ reads: { circuitBreaker } }, { circuitBreaker });
    await get({ policy: 'reads' });
    app.circuits.get(nameOf('db'))?.forceOpen();
    update('reads', { circuitBreaker: false });
    expect(app.circuits.get(nameOf('db'))?.state).toBe('forced-open');
    await expect(get()).rejects.toThrow(CircuitOpenException);
  });

  it('stays as it is when requests of the same options get others', async () => {
    const circuitBreaker = { failureThreshold: 3 };
    await start({ reads: { circuitBreaker } }, { circuitBreaker });
    await get();
    await get({ policy: 'reads' });
    expect(circuits()).toEqual([nameOf('http')]);
    app.circuits.get(nameOf('http'))?.forceOpen();
    update('reads', { circuitBreaker: { failureThreshold: 4 } });
    await expect(get()).rejects.toThrow(CircuitOpenException);
    await get({ policy: 'reads' });
    expect(circuits()).toEqual([nameOf('http'), nameOf('http#2')]);
  });
});

describe('the circuit of requests that name a policy', () => {
  it('goes on under the new options of the policy', async () => {
    await start({ reads: { circuitBreaker: { failureThreshold: 3 } } });
    await get({ policy: 'reads' });
    app.circuits.get(nameOf('http#2'))?.forceOpen();
    update('reads', { circuitBreaker: { failureThreshold: 4 } });
    await expect(get({ policy: 'reads' })).rejects.toThrow(CircuitOpenException);
    expect(circuits()).toEqual([nameOf('http#2')]);
    await get();
  });

  it('stays when another policy is updated', async () => {
    await start({ reads: { circuitBreaker: { failureThreshold: 3 } }, writes: { circuitBreaker: {} } });
    await get({ policy: 'reads' });
    app.circuits.get(nameOf('http#2'))?.forceOpen();
    update('writes', { circuitBreaker: false });
    await expect(get({ policy: 'reads' })).rejects.toThrow(CircuitOpenException);
  });

  it('leaves with the circuit of the policy', async () => {
    await start({ reads: { circuitBreaker: { failureThreshold: 3 } } });
    await get({ policy: 'reads' });
    expect(circuits()).toEqual([nameOf('http#2')]);
    update('reads', { circuitBreaker: false });
    expect(circuits()).toEqual([]);
    await get({ policy: 'reads' });
    expect(circuits()).toEqual([]);
  });

  it('leaves once 100 other overrides were used since, unless it is open', async () => {
    await start({});
    await get({ circuitBreaker: { name: 'closed' } });
    await get({ circuitBreaker: { name: 'open' } });
    app.circuits.get(nameOf('open'))?.forceOpen();
    for (let attempt = 1000; attempt < 1101; attempt++) await get({ timeout: { attempt } });
    expect(circuits().filter((name) => !name.startsWith('http'))).toEqual([nameOf('open')]);
  });
});

describe('an update', () => {
  it('is made although it contradicts what a request overrides: the next such request is told', async () => {
    await start({ reads: { retry: { maxRetries: 1 } } });
    const overriding = { policy: 'reads', retry: { budget: false, baseDelay: 1 } };
    await get(overriding);
    update('reads', { retry: { maxRetries: Infinity }, timeout: false });
    await expect(get(overriding)).rejects.toThrow('request.retry.maxRetries');
    update('reads', { retry: { maxRetries: 1 } });
    await expect(get(overriding)).resolves.toMatchObject({ status: 200 });
  });
});
