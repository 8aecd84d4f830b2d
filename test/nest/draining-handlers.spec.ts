import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { ClientProxyFactory, MessagePattern, Transport } from '@nestjs/microservices';
import type { ClientProxy, MicroserviceOptions } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import {
  ResilienceExceptionFilter,
  ResilienceModule,
  ResilienceService,
  Retryable,
  Timeout,
} from 'nestjs-breakwater';
import { firstValueFrom, from } from 'rxjs';
import type { Observable } from 'rxjs';

/** A promise to be kept from outside. */
function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => (resolve = done));
  return { promise, resolve };
}

@Controller()
class Orders {
  readonly begun = deferred<undefined>();
  readonly stock = deferred<string>();

  @MessagePattern('order')
  @Timeout('5s')
  async order(): Promise<string> {
    this.begun.resolve(undefined);
    return this.stock.promise;
  }

  @MessagePattern('stream')
  @Timeout('5s')
  stream(): Observable<string> {
    this.begun.resolve(undefined);
    return from(this.stock.promise);
  }

  @MessagePattern('waits')
  @Retryable({ backoff: 'constant', baseDelay: '1h', jitter: 'none' })
  async waits(): Promise<never> {
    this.begun.resolve(undefined);
    throw new Error('later');
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

let app: INestApplication | undefined;
let client: ClientProxy | undefined;
const unhandled: unknown[] = [];
const note = (error: unknown) => void unhandled.push(error);

/** A hybrid application: HTTP, and messages over TCP. */
async function start(): Promise<{ orders: Orders; app: INestApplication; client: ClientProxy }> {
  const options = { host: '127.0.0.1', port: await freePort() };
  const module = await Test.createTestingModule({
    imports: [ResilienceModule.forRoot()],
    controllers: [Orders],
  }).compile();
  const started = (app = module.createNestApplication({ logger: false }));
  started.useGlobalFilters(new ResilienceExceptionFilter());
  started.connectMicroservice<MicroserviceOptions>(
    { transport: Transport.TCP, options },
    { inheritAppConfig: true },
  );
  await started.startAllMicroservices();
  await started.listen(0, '127.0.0.1');
  const proxy = (client = ClientProxyFactory.create({ transport: Transport.TCP, options }));
  await proxy.connect();
  process.on('unhandledRejection', note);
  return { orders: started.get(Orders), app: started, client: proxy };
}

const answer = (proxy: ClientProxy, pattern: string): Promise<unknown> =>
  firstValueFrom(proxy.send<unknown>(pattern, {})).catch((error: unknown) => ({ error }));

describe('a message handler that runs while its application closes', () => {
  afterEach(async () => {
    process.off('unhandledRejection', note);
    void client?.close();
    await app?.close();
    app = client = undefined;
    expect(unhandled.splice(0)).toEqual([]);
  });

  it.each(['order', 'stream'])('answers its caller before the transport closes: %s', async (pattern) => {
    const { orders, app, client } = await start();
    const answered = answer(client, pattern);
    await orders.begun.promise;

    const closed = app.close();
    orders.stock.resolve('a book');

    expect(await answered).toBe('a book');
    await closed;
  });

  it('answers with its last error where it waits between two attempts', async () => {
    const { orders, app, client } = await start();
    const answered = answer(client, 'waits');
    await orders.begun.promise;

    await app.close();

    expect(await answered).toEqual({ error: { status: 'error', message: 'Internal server error' } });
  });

  it('is waited for by drain(), as a pure microservice needs it', async () => {
    const { orders, app, client } = await start();
    const answered = answer(client, 'order');
    await orders.begun.promise;

    let isDrained = false;
    const drained = app
      .get(ResilienceService)
      .drain()
      .then(() => (isDrained = true));
    await answer(client, 'nothing such');
    expect(isDrained).toBe(false);
    orders.stock.resolve('a book');

    await drained;
    expect(await answered).toBe('a book');
  });
});

describe('drain()', () => {
  it('resolves at once where nothing runs, may be called twice, and lets no retry begin', async () => {
    const module = await Test.createTestingModule({ imports: [ResilienceModule.forRoot()] }).compile();
    await module.init();
    const service = module.get(ResilienceService);
    let runs = 0;

    await Promise.all([service.drain(), service.drain()]);
    const fail = () => Promise.reject(new Error(String(++runs)));

    await expect(service.execute({ retry: {} }, fail)).rejects.toThrow('1');
    expect(runs).toBe(1);
    await module.close();
  });
});
