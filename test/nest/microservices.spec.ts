import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Inject, UseFilters } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { ClientsModule, EventPattern, MessagePattern, Payload, Transport } from '@nestjs/microservices';
import type { ClientProxy, MicroserviceOptions, TcpClientOptions } from '@nestjs/microservices';
import { Attempt, CircuitOpenException, ResilienceExceptionFilter, Retryable } from 'nestjs-breakwater';
import type { AttemptContext } from 'nestjs-breakwater';
import type { AddressInfo, Server } from 'node:net';
import { firstValueFrom, lastValueFrom, of, toArray } from 'rxjs';
import type { Observable } from 'rxjs';
import { listen, platforms } from '../support/nest-application.js';
import { Unsteady } from '../support/unsteady.js';

@UseFilters(ResilienceExceptionFilter)
@Controller()
class BooksHandler {
  readonly upstream = new Unsteady();
  readonly sold: Promise<string>;
  private tell: (title: string) => void = () => undefined;
  refusals = 0;

  constructor() {
    this.sold = new Promise((resolve) => (this.tell = resolve));
  }

  @MessagePattern('order')
  @Retryable()
  async order(@Payload() title: string, @Attempt() attempt?: AttemptContext): Promise<unknown> {
    return this.upstream.answer([title, attempt?.attempt]);
  }

  @Retryable()
  @EventPattern('sold')
  async onSold(@Payload() title: string): Promise<void> {
    this.tell(this.upstream.answer(title));
  }

  @Retryable()
  @MessagePattern('chapters')
  chapters(@Payload() title: string): Observable<string> {
    return this.upstream.answer(of(`${title} 1`, `${title} 2`));
  }

  @MessagePattern('refuse')
  async refuse(): Promise<never> {
    this.refusals++;
    throw new CircuitOpenException({ circuit: 'inside', retryAfter: 0 });
  }
}

class BooksClient {
  constructor(@Inject('BOOKS') private readonly client: ClientProxy) {}

  /** Fails for the first time before it reaches the other side. */
  @Retryable()
  async order(title: string, @Attempt() attempt?: AttemptContext): Promise<unknown> {
    if (attempt?.attempt === 1) throw new Error('not now');
    return firstValueFrom(this.client.send('order', title));
  }

  @Retryable({ maxRetries: 2 })
  async refuse(): Promise<unknown> {
    return firstValueFrom(this.client.send('refuse', {}));
  }

  @Retryable({ maxRetries: 2 })
  refuseStream(): Observable<unknown> {
    return this.client.send('refuse', {});
  }

  /** The first message does not find its handler, and another one is sent: subscribing again sends again. */
  @Retryable()
  chapters(title: string, @Attempt() attempt?: AttemptContext): Observable<string> {
    return this.client.send<string>(attempt?.attempt === 1 ? 'nothing' : 'chapters', title);
  }

  async sell(title: string): Promise<void> {
    await firstValueFrom(this.client.emit('sold', title), { defaultValue: undefined });
  }
}

describe('a decorated microservice over TCP', () => {
  let handlers: INestApplication;
  let clients: INestApplication;

  beforeAll(async () => {
    const [, adapter] = platforms[0];
    ({ app: handlers } = await listen(adapter, { controllers: [BooksHandler] }));
    const options = { host: '127.0.0.1', port: 0 };
    const service = handlers.connectMicroservice<MicroserviceOptions>(
      { transport: Transport.TCP, options },
      { inheritAppConfig: true },
    );
    await handlers.startAllMicroservices();
    const { port } = service.unwrap<Server>().address() as AddressInfo;
    const registration: TcpClientOptions = { transport: Transport.TCP, options: { host: '127.0.0.1', port } };
    const imports = [ClientsModule.register([{ name: 'BOOKS', ...registration }])];
    ({ app: clients } = await listen(adapter, { imports, providers: [BooksClient] }));
  });

  afterAll(async () => {
    await clients.close();
    await handlers.close();
  });

  it('is repeated on both sides of a message', async () => {
    await expect(clients.get(BooksClient).order('Emma')).resolves.toEqual(['Emma', 2]);
    expect(handlers.get(BooksHandler).upstream.calls).toBe(2);
  });

  it('is repeated on both sides of a stream', async () => {
    const { calls } = handlers.get(BooksHandler).upstream;
    const chapters = clients.get(BooksClient).chapters('Emma').pipe(toArray());
    await expect(lastValueFrom(chapters)).resolves.toEqual(['Emma 1', 'Emma 2']);
    expect(handlers.get(BooksHandler).upstream.calls).toBe(calls + 2);
  });

  it('is repeated for an event', async () => {
    await clients.get(BooksClient).sell('Emma');
    await expect(handlers.get(BooksHandler).sold).resolves.toBe('Emma');
  });

  it.each([
    ['a promise', (client: BooksClient) => client.refuse()],
    ['an Observable', (client: BooksClient) => lastValueFrom(client.refuseStream())],
  ])(
    "tells the other side of this library's exceptions, so that its retry of %s knows them",
    async (_what, ask) => {
      const { refusals } = handlers.get(BooksHandler);
      await expect(ask(clients.get(BooksClient))).rejects.toEqual({
        status: 'error',
        message: 'Service Unavailable',
        code: 'RESILIENCE_CIRCUIT_OPEN',
        statusCode: 503,
        retryAfter: 0,
      });
      expect(handlers.get(BooksHandler).refusals).toBe(refusals + 3);
    },
  );
});
