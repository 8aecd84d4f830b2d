import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Controller, Injectable } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { ClientProxyFactory, Ctx, EventPattern, Payload, RmqContext, Transport } from '@nestjs/microservices';
import type { ClientProxy, RmqOptions } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { ResilienceModule, Retryable } from 'nestjs-breakwater';
import { firstValueFrom } from 'rxjs';
import { describeWith, RABBITMQ } from './support/listening.js';
import { deferred } from './support/shop.js';

interface Channel extends EventEmitter {
  ack(message: unknown): void;
  nack(message: unknown, allUpTo: boolean, requeue: boolean): void;
}

const channelOf = (context: RmqContext) => context.getChannelRef() as Channel;

@Injectable()
class Parcels {
  runs = 0;

  @Retryable({ maxRetries: 2, baseDelay: 0 })
  async send(parcel: string): Promise<string> {
    this.runs++;
    if (parcel === 'broken') throw new Error('not now');
    return parcel;
  }
}

@Controller()
class ParcelsController {
  runs = 0;
  readonly sent = deferred<string>();
  readonly refused = deferred<Error>();

  constructor(private readonly parcels: Parcels) {}

  /** One answer to the broker per message, however often the method is repeated. */
  @EventPattern<string>('right')
  async right(@Payload() parcel: string, @Ctx() context: RmqContext): Promise<void> {
    const channel = channelOf(context);
    channel.once('error', (error: Error) => this.refused.resolve(error));
    try {
      this.sent.resolve(await this.parcels.send(parcel));
      channel.ack(context.getMessage());
    } catch {
      channel.nack(context.getMessage(), false, false);
    }
  }

  /** One answer to the broker per attempt: it knows the message no more. */
  @EventPattern<string>('wrong')
  @Retryable({ maxRetries: 2, baseDelay: 0 })
  async wrong(@Payload() _parcel: string, @Ctx() context: RmqContext): Promise<void> {
    const channel = channelOf(context);
    if (++this.runs === 1) channel.once('error', (error: Error) => this.refused.resolve(error));
    channel.nack(context.getMessage(), false, false);
    throw new Error('not now');
  }
}

await describeWith(RABBITMQ, 'answers to RabbitMQ', () => {
  let app: INestApplication;
  let client: ClientProxy;

  beforeEach(async () => {
    const options: RmqOptions = {
      transport: Transport.RMQ,
      options: {
        urls: ['amqp://guest:guest@127.0.0.1:5672'],
        queue: `breakwater-${randomUUID()}`,
        queueOptions: { durable: false, arguments: { 'x-expires': 60_000 } },
        prefetchCount: 1,
      },
    };
    const module = await Test.createTestingModule({
      imports: [ResilienceModule.forRoot()],
      controllers: [ParcelsController],
      providers: [Parcels],
    }).compile();
    app = module.createNestApplication({ logger: false });
    app.connectMicroservice<RmqOptions>({
      ...options,
      options: { ...options.options, noAck: false },
    });
    await app.startAllMicroservices();
    await app.init();
    client = ClientProxyFactory.create(options);
  });

  afterEach(async () => {
    await client.close();
    await app.close();
  });

  const emit = (pattern: string, parcel: string) =>
    firstValueFrom(client.emit(pattern, parcel), { defaultValue: undefined });

  it('stand outside the retried method: one per message, and the next message comes', async () => {
    await emit('right', 'broken');
    await emit('right', 'whole');

    expect(await app.get(ParcelsController).sent.promise).toBe('whole');
    expect(app.get(Parcels).runs).toBe(4);
  });

  it('close the channel where each attempt gives one', async () => {
    await emit('wrong', 'broken');

    expect(await app.get(ParcelsController).refused.promise).toMatchObject({
      message: expect.stringContaining('unknown delivery tag'),
    });
  });
});
