import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, Module } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import * as terminus from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import {
  CircuitBreaker,
  CircuitBreakerRegistry,
  ResilienceHealth,
  ResilienceModule,
} from 'nestjs-breakwater';
import type { HealthOptions } from 'nestjs-breakwater';
import { ResilienceHealthIndicator } from 'nestjs-breakwater/terminus';
import { ManualClock } from 'nestjs-breakwater/testing';

let options: HealthOptions | undefined;
const isOld = !('degraded' in new terminus.HealthIndicatorService().check('x'));

@Injectable()
class Payments {
  @CircuitBreaker({
    name: 'payments',
    failureThreshold: 1,
    recoveryTimeout: '5s',
    key: (tenant: string) => tenant,
  })
  async pay(tenant: string): Promise<string> {
    if (tenant === 'fine') return tenant;
    throw new Error('password=secret');
  }
}

@Controller('health')
class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly resilience: ResilienceHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  check() {
    return this.health.check([() => this.resilience.check(undefined, options)]);
  }
}

@Module({
  imports: [TerminusModule],
  providers: [ResilienceHealthIndicator, Payments],
  controllers: [HealthController],
})
class HealthModule {}

let app: INestApplication;
let clock: ManualClock;
afterEach(() => app.close());

async function start(adapter: ExpressAdapter | FastifyAdapter): Promise<void> {
  clock = new ManualClock();
  const built = await Test.createTestingModule({
    imports: [ResilienceModule.forRoot({ clock }), HealthModule],
  }).compile();
  app = built.createNestApplication(adapter as ExpressAdapter, { logger: false });
  await app.listen(0, '127.0.0.1');
}

async function ask() {
  const response = await fetch(`${await app.getUrl()}/health`);
  return {
    status: response.status,
    body: (await response.json()) as { status: string; details: { resilience: object } },
  };
}

const pay = (tenant: string) =>
  app
    .get(Payments)
    .pay(tenant)
    .catch(() => undefined);

describe.each([
  ['express', () => new ExpressAdapter()],
  ['fastify', () => new FastifyAdapter()],
] as const)('terminus on %s', (_name, adapter) => {
  it('says up, then degraded with 200, and down with 503 only for what `failOn` names', async () => {
    await start(adapter());
    options = undefined;
    expect(await ask()).toMatchObject({
      status: 200,
      body: { status: 'ok', details: { resilience: { status: 'up', open: [], total: 0 } } },
    });
    await pay('tenant-1');
    const degraded = await ask();
    expect(degraded.status).toBe(200);
    expect(degraded.body.details.resilience).toEqual({
      status: isOld ? 'up' : 'degraded',
      open: [{ name: 'payments', since: clock.wallNow(), retryAfter: 5000, lastError: { name: 'Error' } }],
      total: 1,
    });
    options = { failOn: ['payments'] };
    expect(await ask()).toMatchObject({
      status: 503,
      body: { details: { resilience: { status: 'down', total: 1 } } },
    });
  });
});

describe('a health report', () => {
  const report = (asked?: HealthOptions) => app.get(ResilienceHealth).report(asked);
  const circuit = (tenant: string) => app.get(CircuitBreakerRegistry).get(`payments[${tenant}]`);

  it('changes nothing by looking, and never says down of a circuit that is half-open', async () => {
    await start(new ExpressAdapter());
    await pay('fine');
    await pay('tenant-1');
    await clock.advance(6000);
    expect(report({ failOn: ['payments'] })).toMatchObject({ status: 'down', open: [{ retryAfter: 0 }] });
    expect(circuit('tenant-1')?.state).toBe('open');
    expect(circuit('fine')?.state).toBe('closed');
  });

  it('shows keys only if it is asked to, and lists 20 of many', async () => {
    await start(new ExpressAdapter());
    for (let tenant = 0; tenant < 30; tenant++) await pay(`tenant-${tenant}`);
    expect(JSON.stringify(report())).not.toContain('tenant');
    expect(report()).toMatchObject({ status: 'degraded', total: 30 });
    expect(report().open).toHaveLength(20);
    expect(report({ details: 'full' }).open[0]?.name).toBe('payments[tenant-0]');
    expect(report({ details: false })).toMatchObject({ status: 'degraded', open: [], total: 30 });
    expect(report({ except: ['payments'] })).toEqual({ status: 'up', open: [], total: 0 });
    expect(report({ only: ['payments[tenant-3]'] }).total).toBe(1);
    expect(JSON.stringify(report({ details: 'full' }))).not.toContain('secret');
  });

  it.each<[string, object, RegExp]>([
    ['an option that does not exist', { failon: [] }, /options.failon: .*did you mean 'failOn'/],
    ['a name that is no list', { only: 'payments' }, /options.only: expected a list of names of circuits/],
    ['details of another kind', { details: true }, /options.details: expected 'names', 'full' or false/],
  ])('refuses %s', async (_what, wrong, message) => {
    await start(new ExpressAdapter());
    expect(() => report(wrong)).toThrow(message);
    await expect(app.get(ResilienceHealthIndicator).check('')).rejects.toThrow(/key: expected a text/);
  });
});

it('an indicator without TerminusModule is an error that says so', async () => {
  const built = await Test.createTestingModule({
    imports: [ResilienceModule.forRoot()],
    providers: [ResilienceHealthIndicator],
  }).compile();
  app = built.createNestApplication({ logger: false });
  await expect(app.init()).rejects.toThrow(/TerminusModule of @nestjs\/terminus/);
});
