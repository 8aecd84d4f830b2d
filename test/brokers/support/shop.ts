import { randomUUID } from 'node:crypto';
import { Controller, Inject, Injectable } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { ClientProxyFactory, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import type { ClientProxy } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { ResilienceExceptionFilter, ResilienceModule, Retryable, Timeout } from 'nestjs-breakwater';
import { firstValueFrom, from } from 'rxjs';
import type { Observable } from 'rxjs';
import type { Way } from './transports.js';

/** The subjects of this run: other runs may use the same broker. */
const run = randomUUID();
export const SUBJECT = {
  order: `${run}.order`,
  stream: `${run}.stream`,
  waits: `${run}.waits`,
  sold: `${run}.sold`,
  ping: `${run}.ping`,
};

/** A promise to be kept from outside. */
export function deferred<T = undefined>() {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => (resolve = done));
  return { promise, resolve };
}

/** Fails once where it is asked to, and answers when it may. */
@Controller()
export class Orders {
  begun = deferred();
  stock = deferred<string>();
  readonly sold = deferred<string>();
  sales = 0;

  private async take(): Promise<string> {
    this.begun.resolve(undefined);
    return this.stock.promise;
  }

  @MessagePattern(SUBJECT.order)
  @Timeout('20s')
  async order(): Promise<string> {
    return this.take();
  }

  @MessagePattern(SUBJECT.stream)
  @Timeout('20s')
  stream(): Observable<string> {
    return from(this.take());
  }

  @MessagePattern(SUBJECT.waits)
  @Retryable({ backoff: 'constant', baseDelay: '1h', jitter: 'none' })
  async waits(): Promise<never> {
    this.begun.resolve(undefined);
    throw new Error('later');
  }

  @Retryable({ baseDelay: 0 })
  @EventPattern<string>(SUBJECT.sold)
  async onSold(@Payload() title: string): Promise<void> {
    if (++this.sales === 1) throw new Error('not now');
    this.begun.resolve(undefined);
    await this.stock.promise;
    this.sold.resolve(title);
  }

  /** The last handler, so that its subject is subscribed to last. */
  @MessagePattern(SUBJECT.ping)
  async ping(): Promise<string> {
    return 'pong';
  }
}

const PROXY = Symbol('proxy');
/** Called after each failed attempt. */
const failed: { listener: (error: unknown) => void } = { listener: () => undefined };
const retry = {
  maxRetries: 100,
  backoff: 'constant',
  baseDelay: '100ms',
  onRetry: ({ error }: { error?: unknown }) => failed.listener(error),
} as const;

/** Asks with retries: a lost reply is a lost attempt. */
@Injectable()
export class Shop {
  constructor(@Inject(PROXY) readonly proxy: ClientProxy) {}

  @Retryable(retry)
  @Timeout('1s')
  order(): Observable<string> {
    return this.proxy.send<string>(SUBJECT.order, {});
  }

  /** Waits until the service listens to its subjects, which some brokers do not tell. */
  @Retryable(retry)
  @Timeout('200ms')
  ping(): Observable<string> {
    return this.proxy.send<string>(SUBJECT.ping, {});
  }

  @Retryable(retry)
  @Timeout('1s')
  async stream(): Promise<string> {
    return firstValueFrom(this.proxy.send<string>(SUBJECT.stream, {}));
  }
}

interface Service {
  readonly app: INestApplication;
  readonly orders: Orders;
  /** Closes the application once; the end of the test does it otherwise. */
  readonly close: () => Promise<void>;
}

/** What the tests of one transport start; all of it is closed after each. */
export class Scene {
  private readonly closing: (() => unknown)[] = [];

  /** A hybrid application: HTTP, and messages. */
  async service(way: Way, port: number): Promise<Service> {
    const module = await Test.createTestingModule({
      imports: [ResilienceModule.forRoot()],
      controllers: [Orders],
    }).compile();
    const app = module.createNestApplication({ logger: false });
    app.useGlobalFilters(new ResilienceExceptionFilter());
    app.connectMicroservice(way.options(port), { inheritAppConfig: true });
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
    let closed: Promise<void> | undefined;
    const close = () => (closed ??= app.close());
    this.closing.push(close);
    return { close, app, orders: app.get(Orders) };
  }

  /** The other side, which need not find anything yet. */
  async shop(way: Way, port: number): Promise<{ shop: Shop; nextFailure: () => Promise<unknown> }> {
    const proxy = ClientProxyFactory.create(way.options(port) as never) as unknown as ClientProxy;
    const module = await Test.createTestingModule({
      imports: [ResilienceModule.forRoot()],
      providers: [Shop, { provide: PROXY, useValue: proxy }],
    }).compile();
    module.useLogger(false);
    await module.init();
    this.closing.push(() => module.close());
    this.closing.push(() => proxy.close());
    const nextFailure = () => new Promise((resolve) => (failed.listener = resolve));
    return { shop: module.get(Shop), nextFailure };
  }

  later(close: () => unknown): void {
    this.closing.push(close);
  }

  async end(): Promise<void> {
    failed.listener = () => undefined;
    for (const close of this.closing.splice(0).reverse()) await close();
  }
}
