import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UseFilters, UsePipes } from '@nestjs/common';
import type { INestApplication, PipeTransform } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { Attempt, CircuitOpenException, ResilienceExceptionFilter, Retryable } from 'nestjs-breakwater';
import type { AttemptContext } from 'nestjs-breakwater';
import { once } from 'node:events';
import { WebSocket } from 'undici';
import { listen, platforms } from '../support/nest-application.js';
import { Unsteady } from '../support/unsteady.js';

class UpperCase implements PipeTransform {
  transform(value: unknown): unknown {
    return typeof value === 'string' ? value.toUpperCase() : value;
  }
}

@UseFilters(ResilienceExceptionFilter)
@WebSocketGateway()
class BooksGateway {
  readonly upstream = new Unsteady();

  @SubscribeMessage('order')
  @Retryable()
  @UsePipes(UpperCase)
  async order(
    @MessageBody() title: string,
    @ConnectedSocket() _client: unknown,
    @Attempt() attempt?: AttemptContext,
  ): Promise<unknown> {
    return this.upstream.answer({ event: 'ordered', data: [title, attempt?.attempt] });
  }

  @Retryable()
  @SubscribeMessage('broken')
  async broken(@MessageBody() _title: string): Promise<unknown> {
    throw new CircuitOpenException({ circuit: 'inside', retryAfter: 1500 });
  }
}

describe('a decorated message handler of a gateway', () => {
  let app: INestApplication;
  let socket: WebSocket;

  beforeAll(async () => {
    let url: string;
    const adapt = (made: INestApplication) => void made.useWebSocketAdapter(new WsAdapter(made));
    ({ app, url } = await listen(platforms[0][1], { providers: [BooksGateway] }, adapt));
    socket = new WebSocket(url.replace('http', 'ws'));
    await once(socket, 'open');
  });

  afterAll(async () => {
    socket.close();
    await app.close();
  });

  async function send(event: string, data: unknown): Promise<unknown> {
    socket.send(JSON.stringify({ event, data }));
    const [message] = (await once(socket, 'message')) as [{ data: string }];
    return JSON.parse(message.data);
  }

  it('is repeated, with its pipe, its socket and its attempt', async () => {
    expect(await send('order', 'emma')).toEqual({ event: 'ordered', data: ['EMMA', 2] });
  });

  it("tells a plain socket of this library's exceptions by the event 'exception'", async () => {
    const told = { status: 'error', message: 'Service Unavailable', code: 'RESILIENCE_CIRCUIT_OPEN' };
    const cause = { pattern: 'broken', data: 'emma' };
    expect(await send('broken', 'emma')).toEqual({
      event: 'exception',
      data: { ...told, statusCode: 503, retryAfter: 1500, cause },
    });
  });

  it('tells a socket of socket.io the same', () => {
    const emitted: unknown[] = [];
    const client = { emit: (...args: unknown[]) => emitted.push(args) };
    const ws = { getClient: () => client, getPattern: () => 'order', getData: () => 1 };
    const host = { getType: () => 'ws', switchToWs: () => ws };
    new ResilienceExceptionFilter().catch(new CircuitOpenException(), host as never);
    expect(emitted).toEqual([
      ['exception', expect.objectContaining({ statusCode: 503, cause: { pattern: 'order', data: 1 } })],
    ]);
  });
});
