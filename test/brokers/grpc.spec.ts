import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Inject, Injectable } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { ClientProxyFactory, GrpcMethod, Transport } from '@nestjs/microservices';
import type { ClientGrpcProxy, GrpcOptions } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { ResilienceModule, Retryable, Timeout } from 'nestjs-breakwater';
import { firstValueFrom, from, lastValueFrom, map } from 'rxjs';
import type { Observable } from 'rxjs';
import { freePort } from './support/link.js';
import { deferred } from './support/shop.js';

interface Item {
  readonly title: string;
}

interface OrdersService {
  order(item: Item): Observable<Item>;
  stream(item: Item): Observable<Item>;
  waits(item: Item): Observable<Item>;
}

@Controller()
class Orders {
  readonly begun = deferred();
  readonly stock = deferred<string>();

  @GrpcMethod('Orders', 'Order')
  @Timeout('20s')
  async order(): Promise<Item> {
    this.begun.resolve(undefined);
    return { title: await this.stock.promise };
  }

  @GrpcMethod('Orders', 'Stream')
  @Timeout('20s')
  stream(): Observable<Item> {
    this.begun.resolve(undefined);
    return from(this.stock.promise).pipe(map((title) => ({ title })));
  }

  @GrpcMethod('Orders', 'Waits')
  @Retryable({ backoff: 'constant', baseDelay: '1h', jitter: 'none' })
  async waits(): Promise<Item> {
    this.begun.resolve(undefined);
    throw new Error('later');
  }
}

const SERVICE = Symbol('orders');
const failed: { listener: (error: unknown) => void } = { listener: () => undefined };
const retry = {
  maxRetries: 100,
  backoff: 'constant',
  baseDelay: '100ms',
  onRetry: ({ error }: { error?: unknown }) => failed.listener(error),
} as const;

@Injectable()
class Shop {
  constructor(@Inject(SERVICE) readonly orders: OrdersService) {}

  @Retryable(retry)
  @Timeout('1s')
  async order(): Promise<Item> {
    return firstValueFrom(this.orders.order({ title: '' }));
  }

  @Retryable(retry)
  @Timeout('1s')
  stream(): Observable<Item> {
    return this.orders.stream({ title: '' });
  }
}

const options = (port: number): GrpcOptions => ({
  transport: Transport.GRPC,
  options: {
    url: `127.0.0.1:${port}`,
    package: 'orders',
    protoPath: fileURLToPath(new URL('./support/orders.proto', import.meta.url)),
    channelOptions: { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 100 },
  },
});

const KINDS = [
  ['a promise', (shop: Shop) => shop.order()],
  ['an Observable', (shop: Shop) => lastValueFrom(shop.stream())],
] as const;

describe('calls over gRPC', () => {
  const closing: (() => unknown)[] = [];
  const unhandled: unknown[] = [];
  const note = (error: unknown) => void unhandled.push(error);
  let port: number;

  async function serve(): Promise<{ orders: Orders; app: INestApplication; close: () => Promise<void> }> {
    const imports = [ResilienceModule.forRoot()];
    const module = await Test.createTestingModule({ imports, controllers: [Orders] }).compile();
    const app = module.createNestApplication({ logger: false });
    app.connectMicroservice(options(port));
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
    let closed: Promise<void> | undefined;
    const close = () => (closed ??= app.close());
    closing.push(close);
    return { orders: app.get(Orders), app, close };
  }

  async function visit(): Promise<Shop> {
    const client = ClientProxyFactory.create(options(port)) as unknown as ClientGrpcProxy;
    const orders = client.getService<OrdersService>('Orders');
    const module = await Test.createTestingModule({
      imports: [ResilienceModule.forRoot()],
      providers: [Shop, { provide: SERVICE, useValue: orders }],
    }).compile();
    module.useLogger(false);
    await module.init();
    closing.push(() => module.close());
    closing.push(() => client.close());
    return module.get(Shop);
  }

  const nextFailure = () => new Promise((resolve) => (failed.listener = resolve));

  beforeEach(async () => {
    process.on('unhandledRejection', note);
    port = await freePort();
  });

  afterEach(async () => {
    failed.listener = () => undefined;
    for (const close of closing.splice(0).reverse()) await close();
    process.off('unhandledRejection', note);
    expect(unhandled.splice(0)).toEqual([]);
  });

  it.each(KINDS)(
    'are repeated as %s until the service is there, and when it is replaced',
    async (_kind, ask) => {
      const shop = await visit();
      const failure = nextFailure();
      const answered = ask(shop);
      expect(await failure).toMatchObject({ code: 14 });

      const first = await serve();
      first.orders.stock.resolve('a book');
      expect(await answered).toEqual({ title: 'a book' });
      await first.close();
      const next = nextFailure();
      const answeredAgain = ask(shop);
      // the connection that breaks tells CANCELLED, later ones UNAVAILABLE
      await next;

      const second = await serve();
      second.orders.stock.resolve('another book');
      expect(await answeredAgain).toEqual({ title: 'another book' });
    },
  );

  it.each(['order', 'stream'] as const)('are answered before the server closes: %s', async (method) => {
    const { orders, close } = await serve();
    const shop = await visit();
    const answered = firstValueFrom(shop.orders[method]({ title: '' }));
    await orders.begun.promise;

    const closed = close();
    orders.stock.resolve('a book');

    expect(await answered).toEqual({ title: 'a book' });
    await closed;
  });

  it('are answered with the last error where a handler waits between two attempts', async () => {
    const { orders, close } = await serve();
    const shop = await visit();
    const answered = firstValueFrom(shop.orders.waits({ title: '' })).catch((error: unknown) => error);
    await orders.begun.promise;

    await close();

    expect(await answered).toMatchObject({ code: 2, details: 'Internal server error' });
  });
});
