import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Header, Module, NotFoundException, Param, UseFilters } from '@nestjs/common';
import type { INestApplication, MiddlewareConsumer, ModuleMetadata, NestModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import {
  CircuitOpenException,
  ResilienceExceptionFilter,
  TimeoutException,
  UpstreamHttpException,
} from 'nestjs-breakwater';
import { listen, platforms } from '../support/nest-application.js';

const BRAND: unique symbol = Symbol.for('nestjs-breakwater:exception') as never;

/** As another installed copy of the library would make it: the same brand, no common class. */
class ForeignException extends Error {
  readonly code = 'RESILIENCE_BULKHEAD_FULL';
  readonly retryAfter = 2000;
  readonly [BRAND] = true;
  readonly getStatus = () => 503;
  readonly getResponse = () => ({ statusCode: 503, message: 'Service Unavailable', code: this.code });
}

const exceptions: Record<string, Error> = {
  open: new CircuitOpenException({ circuit: 'payments', retryAfter: 1200 }),
  now: new CircuitOpenException({ retryAfter: 0 }),
  late: new TimeoutException({ scope: 'total', timeout: 100 }),
  upstream: new UpstreamHttpException({ upstreamStatus: 429, upstreamBody: 'secret', retryAfter: 60_000 }),
  foreign: new ForeignException('full'),
  missing: new NotFoundException('no such book'),
  bug: new TypeError('x is not a function'),
};

function raise(what: string): never {
  throw exceptions[what];
}

@Controller('shop')
class ShopController {
  @Get('text')
  @Header('Content-Type', 'text/plain')
  async text(): Promise<never> {
    return raise('open');
  }

  @Get(':what')
  async get(@Param('what') what: string): Promise<never> {
    return raise(what);
  }
}

@UseFilters(ResilienceExceptionFilter)
class FilteredController extends ShopController {}
Controller('shop')(FilteredController);

@Module({})
class Middleware implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(() => raise('open')).forRoutes('refused');
  }
}

const global = (app: INestApplication) => void app.useGlobalFilters(new ResilienceExceptionFilter());
const provider = { provide: APP_FILTER, useClass: ResilienceExceptionFilter };

type Registration = [how: string, metadata: ModuleMetadata, prepare?: typeof global];
const registrations: Registration[] = [
  ['APP_FILTER', { controllers: [ShopController], providers: [provider] }],
  ['useGlobalFilters', { controllers: [ShopController] }, global],
  ['@UseFilters', { controllers: [FilteredController] }],
];

const cases = platforms.flatMap(([platform, adapter]) =>
  registrations.map(([how, metadata, prepare]) => [how, platform, adapter, metadata, prepare] as const),
);

let app: INestApplication;
afterEach(() => app.close());

async function ask(url: string) {
  const response = await fetch(url);
  const { status, headers } = response;
  const retryAfter = headers.get('retry-after');
  return { status, type: headers.get('content-type'), retryAfter, body: JSON.parse(await response.text()) };
}

describe.each(cases)(
  'ResilienceExceptionFilter by %s on %s',
  (_how, _platform, adapter, metadata, prepare) => {
    it("gives Nest's answer with the right Retry-After, and leaves other exceptions alone", async () => {
      const plain = await listen(adapter, { controllers: [ShopController] });
      const usual = new Map<string, Awaited<ReturnType<typeof ask>>>();
      for (const what of Object.keys(exceptions)) usual.set(what, await ask(`${plain.url}/shop/${what}`));
      await plain.app.close();

      let url: string;
      ({ app, url } = await listen(adapter, metadata, prepare));
      const waits: Record<string, string | null> = { open: '2', now: '0', upstream: '60' };
      for (const what of ['open', 'now', 'late', 'upstream', 'missing', 'bug']) {
        const expected = { ...usual.get(what), retryAfter: waits[what] ?? null };
        expect({ what, ...(await ask(`${url}/shop/${what}`)) }).toEqual({ what, ...expected });
      }
      expect(await ask(`${url}/shop/foreign`)).toMatchObject({
        status: 503,
        retryAfter: '2',
        body: { statusCode: 503, code: 'RESILIENCE_BULKHEAD_FULL' },
      });
      expect(await ask(`${url}/shop/text`)).toMatchObject({ status: 503, retryAfter: '2' });
    });
  },
);

describe.each(platforms)('ResilienceExceptionFilter on %s', (_platform, adapter) => {
  it('answers what middleware throws', async () => {
    let url: string;
    ({ app, url } = await listen(adapter, { imports: [Middleware], providers: [provider] }));
    expect(await ask(`${url}/refused`)).toMatchObject({
      status: 503,
      type: expect.stringContaining('application/json'),
      retryAfter: '2',
      body: { statusCode: 503, message: 'Service Unavailable', code: 'RESILIENCE_CIRCUIT_OPEN' },
    });
  });
});
