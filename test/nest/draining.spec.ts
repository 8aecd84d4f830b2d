import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, Module } from '@nestjs/common';
import type { INestApplication, INestApplicationContext, OnModuleDestroy } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { from, Observable } from 'rxjs';
import {
  CircuitBreaker,
  Fallback,
  ResilienceEvents,
  ResilienceModule,
  ResilienceService,
  ResilientHttpService,
  Retryable,
  Timeout,
} from 'nestjs-breakwater';
import type { ResilienceModuleOptions } from 'nestjs-breakwater';
import { answer, FaultServer, hang, hangInBody } from '../support/fault-server/fault-server.js';
import { eventually } from '../support/http-application.js';

/** A body that a test ends by hand. */
class Work {
  begun = 0;
  private end!: (result: string) => void;
  private fail!: (error: Error) => void;
  private result = new Promise<string>((resolve, reject) => {
    this.end = resolve;
    this.fail = reject;
  });

  run(): Promise<string> {
    this.begun++;
    return this.result;
  }

  finish(): void {
    this.end('charged');
  }

  break(): void {
    this.fail(new Error('down'));
  }
}

let work: Work;
let upstream: FaultServer;

@Injectable()
class Payments {
  @Retryable({ baseDelay: '1h' })
  @CircuitBreaker()
  async plain(): Promise<string> {
    return work.run();
  }

  @Timeout('1h')
  async timed(): Promise<string> {
    return work.run();
  }

  @Timeout({ total: '1h' })
  async timedInTotal(): Promise<string> {
    return work.run();
  }

  @Fallback(() => 'from the fallback')
  @Timeout('1h')
  async withFallback(): Promise<string> {
    return work.run();
  }

  @Retryable()
  observable(): Observable<string> {
    return from(work.run());
  }
}

@Controller()
class Shop {
  constructor(
    private readonly payments: Payments,
    private readonly resilience: ResilienceService,
    private readonly http: ResilientHttpService,
  ) {}

  @Get('plain')
  plain(): Promise<string> {
    return this.payments.plain();
  }

  @Get('timed')
  timed(): Promise<string> {
    return this.payments.timed();
  }

  @Get('timedInTotal')
  timedInTotal(): Promise<string> {
    return this.payments.timedInTotal();
  }

  @Get('withFallback')
  withFallback(): Promise<string> {
    return this.payments.withFallback();
  }

  @Get('observable')
  observable(): Observable<string> {
    return this.payments.observable();
  }

  @Get('execute')
  execute(): Promise<string> {
    return this.resilience.execute({ timeout: '1h' }, () => work.run());
  }

  @Get('http')
  async post(): Promise<string> {
    const { data } = await this.http.post<string>(upstream.url, { amount: 1 });
    return data;
  }
}

/** Is told that the application closes before the module of this library is. */
@Injectable()
class FirstToClose implements OnModuleDestroy {
  static onDestroy: () => void = () => undefined;

  onModuleDestroy(): void {
    FirstToClose.onDestroy();
  }
}

function moduleWith(options: ResilienceModuleOptions): new () => object {
  class App {}
  Module({
    imports: [ResilienceModule.forRoot(options)],
    controllers: [Shop],
    providers: [Payments, FirstToClose],
  })(App);
  return App;
}

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));

let app: INestApplication;
let context: INestApplicationContext | undefined;
afterEach(async () => {
  work.finish();
  await context?.close();
  context = undefined;
});

async function startOn(adapter: () => ExpressAdapter | FastifyAdapter, options: ResilienceModuleOptions) {
  work = new Work();
  app = await NestFactory.create(moduleWith(options), adapter(), { logger: false });
  await app.listen(0, '127.0.0.1');
}

async function ask(path: string): Promise<[status: number, text: string]> {
  const response = await fetch(`${await app.getUrl()}/${path}`, { headers: { connection: 'close' } });
  return [response.status, await response.text()];
}

describe.each<[string, () => ExpressAdapter | FastifyAdapter]>([
  ['express', () => new ExpressAdapter()],
  ['fastify', () => new FastifyAdapter()],
])('an application on %s that closes', (_platform, adapter) => {
  it.each(['plain', 'timed', 'timedInTotal', 'withFallback', 'observable', 'execute'])(
    'lets a running attempt go on, and its caller gets the result: %s',
    async (path) => {
      await startOn(adapter, {});
      const asked = ask(path);
      await eventually(() => work.begun === 1);
      const closing = app.close();
      await turn();
      work.finish();
      expect(await asked).toEqual([200, 'charged']);
      await closing;
    },
  );

  it('lets a request over HTTP go on', async () => {
    upstream = await FaultServer.start();
    await startOn(adapter, {});
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    upstream.play((socket, request) => void held.then(() => answer(200, 'charged')(socket, request)));
    const asked = ask('http');
    await eventually(() => upstream.arrived.length === 1);
    const closing = app.close();
    await turn();
    release();
    expect(await asked).toEqual([200, 'charged']);
    await closing;
    await eventually(() => upstream.openConnections === 0);
    await upstream.stop();
  });

  it('makes no retry any more: the caller gets the last error', async () => {
    await startOn(adapter, {});
    const suppressed: string[] = [];
    app.get(ResilienceEvents).on('retry.suppressed', ({ reason }) => void suppressed.push(reason));
    const asked = ask('plain');
    await eventually(() => work.begun === 1);
    const closing = app.close();
    await turn();
    work.break();
    expect((await asked)[0]).toBe(500);
    await closing;
    expect(work.begun).toBe(1);
    expect(suppressed).toEqual(['shutdown']);
  });

  it('ends a pause between attempts at once, with the last error', async () => {
    await startOn(adapter, {});
    const asked = ask('plain');
    await eventually(() => work.begun === 1);
    work.break();
    await turn();
    const closing = app.close();
    expect((await asked)[0]).toBe(500);
    await closing;
    expect(work.begun).toBe(1);
  });

  it.each(['plain', 'timed', 'timedInTotal', 'observable', 'execute'])(
    'ends an attempt that outlasts the grace, so that it can close: %s',
    async (path) => {
      await startOn(adapter, { shutdown: { grace: 20 } });
      const asked = ask(path);
      await eventually(() => work.begun === 1);
      await app.close();
      const [status, text] = await asked;
      expect([status, text]).toEqual([503, expect.stringContaining('RESILIENCE_SHUTDOWN')]);
    },
  );

  it('ends a request that outlasts the grace', async () => {
    upstream = await FaultServer.start();
    upstream.play(hang);
    await startOn(adapter, { shutdown: { grace: 20 } });
    const asked = ask('http');
    await eventually(() => upstream.arrived.length === 1);
    await app.close();
    expect((await asked)[0]).toBe(503);
    await upstream.stop();
  });

  it('lets a fallback answer for an attempt that the end of the grace has ended', async () => {
    await startOn(adapter, { shutdown: { grace: 20 } });
    const asked = ask('withFallback');
    await eventually(() => work.begun === 1);
    await app.close();
    expect(await asked).toEqual([200, 'from the fallback']);
  });
});

describe('an application without a server that closes', () => {
  async function startContext(options: ResilienceModuleOptions): Promise<Payments> {
    work = new Work();
    context = await NestFactory.createApplicationContext(moduleWith(options), { logger: false });
    return context.get(Payments);
  }

  it.each(['plain', 'timed'] as const)('waits for background work: %s', async (method) => {
    const payments = await startContext({});
    const call = payments[method]();
    let hasClosed = false;
    const closing = context?.close().then(() => (hasClosed = true));
    for (let turns = 0; turns < 10; turns++) await turn();
    expect(hasClosed).toBe(false);
    work.finish();
    expect(await call).toBe('charged');
    await closing;
  });

  it.each(['plain', 'timed'] as const)('waits for it no longer than the grace: %s', async (method) => {
    const payments = await startContext({ shutdown: { grace: 20 } });
    const call = payments[method]().catch((error: { code: string }) => error.code);
    await context?.close();
    expect(await call).toBe('RESILIENCE_SHUTDOWN');
  });

  it('begins no call any more once it has closed', async () => {
    const payments = await startContext({});
    const service = context?.get(ResilienceService);
    await context?.close();
    for (const method of ['plain', 'timed', 'timedInTotal'] as const)
      await expect(payments[method]()).rejects.toMatchObject({ code: 'RESILIENCE_SHUTDOWN' });
    await expect(service?.execute({ timeout: '1s' }, () => 1)).rejects.toMatchObject({
      code: 'RESILIENCE_SHUTDOWN',
    });
    expect(work.begun).toBe(0);
  });

  it('carries out the first attempts of calls that other modules make while they close', async () => {
    const payments = await startContext({});
    let call: Promise<string> | undefined;
    FirstToClose.onDestroy = () => void (call = payments.timed());
    const closing = context?.close();
    await eventually(() => work.begun === 1);
    work.finish();
    expect(await call).toBe('charged');
    await closing;
    FirstToClose.onDestroy = () => undefined;
  });

  it('ends a stream that has yielded, and does not wait for it', async () => {
    work = new Work();
    @Injectable()
    class News {
      @Retryable()
      all(): Observable<number> {
        return new Observable((subscriber) => subscriber.next(1));
      }

      @Retryable()
      async *lines(): AsyncGenerator<number> {
        yield 1;
        await work.run();
      }
    }
    class App {}
    Module({ imports: [ResilienceModule.forRoot()], providers: [News] })(App);
    context = await NestFactory.createApplicationContext(App, { logger: false });
    const news = context.get(News);
    const seen: unknown[] = [];
    news.all().subscribe({
      next: (value) => seen.push(value),
      error: (error: { code: string }) => seen.push(error.code),
    });
    const lines = news.lines();
    expect(await lines.next()).toEqual({ done: false, value: 1 });
    const next = lines.next().catch((error: { code: string }) => error.code);
    await context.close();
    expect(seen).toEqual([1, 'RESILIENCE_SHUTDOWN']);
    expect(await next).toBe('RESILIENCE_SHUTDOWN');
  });

  it('ends a streamed body of HTTP, and does not wait for it', async () => {
    upstream = await FaultServer.start();
    upstream.play(hangInBody);
    await startContext({});
    const http = context?.get(ResilientHttpService);
    const { data } = (await http?.get(upstream.url, { responseType: 'stream' })) as {
      data: AsyncIterable<Buffer>;
    };
    const read = async () => {
      for await (const chunk of data) expect(String(chunk)).toBe('half');
    };
    const reading = read().catch((error: { code: string }) => error.code);
    await context?.close();
    expect(await reading).toBe('RESILIENCE_SHUTDOWN');
    await upstream.stop();
  });
});
