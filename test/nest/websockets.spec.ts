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

/** A connected client. */
interface Client {
  send(event: string, data: unknown): void;
  /** What the next message of that event says. */
  hear(event: string): Promise<unknown>;
  close(): void;
}

async function plainClient(url: string): Promise<Client> {
  const socket = new WebSocket(url.replace('http', 'ws'));
  await once(socket, 'open');
  return {
    send: (event, data) => socket.send(JSON.stringify({ event, data })),
    hear: (event) =>
      new Promise((resolve) => {
        const listen = ({ data }: { data: unknown }) => {
          const heard = JSON.parse(data as string) as { event: string; data: unknown };
          if (heard.event !== event) return;
          socket.removeEventListener('message', listen);
          resolve(heard.data);
        };
        socket.addEventListener('message', listen);
      }),
    close: () => socket.close(),
  };
}

async function socketIoClient(url: string): Promise<Client> {
  const socket = io(url, { transports: ['websocket'], forceNew: true });
  await new Promise<void>((connected) => socket.once('connect', connected));
  return {
    send: (event, data) => void socket.emit(event, data),
    hear: (event) => new Promise((resolve) => socket.once(event, resolve)),
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

  const ask = (event: string, answer: string) => {
    const heard = client.hear(answer);
    client.send(event, 'emma');
    return heard;
  };

  it('is repeated, with its pipe, its socket and its attempt', async () => {
    expect(await ask('order', 'ordered')).toEqual(['EMMA', 2]);
  });

  it('is repeated when it promises a stream', async () => {
    expect(await ask('watch', 'watched')).toBe('emma');
  });

  it('does not run when its guard refuses', async () => {
    // Nest 11 tells a plain socket nothing of it: the answer to the message behind it shows that it is over
    client.send('closed', 'emma');
    await ask('watch', 'watched');
    expect(app.get(BooksGateway).upstream.calls).toBe(2);
  });

  it("tells a client of this library's exceptions by the event 'exception'", async () => {
    const told = { status: 'error', message: 'Service Unavailable', code: 'RESILIENCE_CIRCUIT_OPEN' };
    const cause = { pattern: 'broken', data: 'emma' };
    expect(await ask('broken', 'exception')).toEqual({ ...told, statusCode: 503, retryAfter: 1500, cause });
  });
});
