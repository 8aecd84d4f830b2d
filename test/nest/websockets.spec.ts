import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { UseFilters, UseGuards, UsePipes } from '@nestjs/common';
import type { CanActivate, INestApplication, PipeTransform } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { Attempt, CircuitOpenException, ResilienceExceptionFilter, Retryable } from 'nestjs-breakwater';
import type { AttemptContext } from 'nestjs-breakwater';
import { once } from 'node:events';
import { of } from 'rxjs';
import type { Observable } from 'rxjs';
import { io } from 'socket.io-client';
import { WebSocket } from 'undici';
import { listen, platforms } from '../support/nest-application.js';
import { Unsteady } from '../support/unsteady.js';

class UpperCase implements PipeTransform {
  transform(value: unknown): unknown {
    return typeof value === 'string' ? value.toUpperCase() : value;
  }
}

class Closed implements CanActivate {
  canActivate(): boolean {
    return false;
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
  @SubscribeMessage('watch')
  async watch(@MessageBody() title: string): Promise<Observable<unknown>> {
    return this.upstream.answer(of({ event: 'watched', data: title }));
  }

  @UseGuards(Closed)
  @Retryable()
  @SubscribeMessage('closed')
  async closed(@MessageBody() _title: string): Promise<unknown> {
    return this.upstream.answer('never reached');
  }

  @Retryable()
  @SubscribeMessage('broken')
  async broken(@MessageBody() _title: string): Promise<unknown> {
    throw new CircuitOpenException({ circuit: 'inside', retryAfter: 1500 });
  }
}

/** A connected client: sends a message, and waits for the next one. */
interface Client {
  ask(event: string, data: unknown): Promise<{ event: string; data: unknown }>;
  close(): void;
}

async function plainClient(url: string): Promise<Client> {
  const socket = new WebSocket(url.replace('http', 'ws'));
  await once(socket, 'open');
  return {
    async ask(event, data) {
      socket.send(JSON.stringify({ event, data }));
      const [message] = (await once(socket, 'message')) as [{ data: string }];
      return JSON.parse(message.data) as { event: string; data: unknown };
    },
    close: () => socket.close(),
  };
}

async function socketIoClient(url: string): Promise<Client> {
  const socket = io(url, { transports: ['websocket'], forceNew: true });
  await new Promise<void>((connected) => socket.once('connect', connected));
  return {
    ask(event, data) {
      const answer = new Promise<{ event: string; data: unknown }>((resolve) => {
        const listen = (heard: string, said: unknown) => {
          socket.offAny(listen);
          resolve({ event: heard, data: said });
        };
        socket.onAny(listen);
      });
      socket.emit(event, data);
      return answer;
    },
    close: () => void socket.disconnect(),
  };
}

const servers = [
  ['plain sockets', (made: INestApplication) => new WsAdapter(made), plainClient],
  ['socket.io', (made: INestApplication) => new IoAdapter(made), socketIoClient],
] as const;

describe.each(servers)('a decorated message handler of a gateway on %s', (_what, adapt, connect) => {
  let app: INestApplication;
  let client: Client;

  beforeAll(async () => {
    const prepare = (made: INestApplication) => void made.useWebSocketAdapter(adapt(made));
    const listening = await listen(platforms[0][1], { providers: [BooksGateway] }, prepare);
    ({ app } = listening);
    client = await connect(listening.url);
  });

  afterAll(async () => {
    client.close();
    await app.close();
  });

  // so that each test's first call is one that fails
  beforeEach(() => void (app.get(BooksGateway).upstream.calls = 0));

  it('is repeated, with its pipe, its socket and its attempt', async () => {
    expect(await client.ask('order', 'emma')).toEqual({ event: 'ordered', data: ['EMMA', 2] });
  });

  it('is repeated when it promises a stream', async () => {
    expect(await client.ask('watch', 'emma')).toEqual({ event: 'watched', data: 'emma' });
  });

  it('does not run when its guard refuses', async () => {
    const { upstream } = app.get(BooksGateway);
    const before = upstream.calls;
    expect(await client.ask('closed', 'emma')).toMatchObject({ event: 'exception' });
    expect(upstream.calls).toBe(before);
  });

  it("tells a client of this library's exceptions by the event 'exception'", async () => {
    const told = { status: 'error', message: 'Service Unavailable', code: 'RESILIENCE_CIRCUIT_OPEN' };
    const cause = { pattern: 'broken', data: 'emma' };
    expect(await client.ask('broken', 'emma')).toEqual({
      event: 'exception',
      data: { ...told, statusCode: 503, retryAfter: 1500, cause },
    });
  });
});
