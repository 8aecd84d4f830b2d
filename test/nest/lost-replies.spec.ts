import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { Injectable } from '@nestjs/common';
import { ClientProxyFactory, ClientTCP, Transport } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import { Attempt, ResilienceModule, Timeout } from 'nestjs-breakwater';
import type { AttemptContext } from 'nestjs-breakwater';
import { firstValueFrom, fromEvent, lastValueFrom, NEVER, takeUntil } from 'rxjs';
import type { Observable } from 'rxjs';

const LIMIT = '50ms';

@Injectable()
class Stock {
  constructor(private readonly client: ClientTCP) {}

  @Timeout(LIMIT)
  observable(): Observable<number> {
    return this.client.send<number>('stock', {});
  }

  @Timeout(LIMIT)
  async promise(): Promise<number> {
    return firstValueFrom(this.client.send<number>('stock', {}));
  }

  @Timeout(LIMIT)
  async tied(@Attempt() attempt?: AttemptContext): Promise<number> {
    const given = attempt ? fromEvent(attempt.signal, 'abort') : NEVER;
    return firstValueFrom(this.client.send<number>('stock', {}).pipe(takeUntil(given)));
  }
}

describe('a reply that never comes', () => {
  let silent: Server;
  let client: ClientTCP;
  let module: TestingModule;

  beforeAll(async () => {
    silent = createServer((socket) => socket.on('error', () => undefined).resume()).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as AddressInfo;
    const options = { host: '127.0.0.1', port };
    client = ClientProxyFactory.create({ transport: Transport.TCP, options }) as ClientTCP;
    await client.connect();
    module = await Test.createTestingModule({
      imports: [ResilienceModule.forRoot()],
      providers: [Stock, { provide: ClientTCP, useValue: client }],
    }).compile();
    await module.init();
  });

  afterAll(async () => {
    await module.close();
    client.close();
    silent.close();
  });

  it.each([
    ['nothing behind where the method returns the Observable', 0, (stock: Stock) => stock.observable()],
    ['an entry in the client behind where the method awaits it', 1, (stock: Stock) => stock.promise()],
    ['nothing behind where the promise is tied to the signal', 0, (stock: Stock) => stock.tied()],
  ])('leaves %s', async (_what, left, ask) => {
    const { routingMap } = client as unknown as { routingMap: Map<string, unknown> };
    const before = routingMap.size;
    const asked = ask(module.get(Stock));
    await expect(asked instanceof Promise ? asked : lastValueFrom(asked)).rejects.toMatchObject({
      code: 'RESILIENCE_TIMEOUT',
    });
    expect(routingMap.size - before).toBe(left);
  });
});
