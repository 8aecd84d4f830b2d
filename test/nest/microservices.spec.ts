import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Inject, UseFilters } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { ClientsModule, EventPattern, MessagePattern, Payload, Transport } from '@nestjs/microservices';
import type { ClientProxy, MicroserviceOptions, TcpClientOptions } from '@nestjs/microservices';
import { Attempt, CircuitOpenException, ResilienceExceptionFilter, Retryable } from 'nestjs-breakwater';
import type { AttemptContext } from 'nestjs-breakwater';
import type { AddressInfo, Server } from 'node:net';
import { firstValueFrom } from 'rxjs';
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

  it('is repeated for an event', async () => {
    await clients.get(BooksClient).sell('Emma');
    await expect(handlers.get(BooksHandler).sold).resolves.toBe('Emma');
  });

  it("tells the other side of this library's exceptions, so that its retry knows them", async () => {
    await expect(clients.get(BooksClient).refuse()).rejects.toEqual({
      status: 'error',
      message: 'Service Unavailable',
      code: 'RESILIENCE_CIRCUIT_OPEN',
      statusCode: 503,
      retryAfter: 0,
    });
    expect(handlers.get(BooksHandler).refusals).toBe(3);
  });
});
