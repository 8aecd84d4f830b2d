/**
 * A process of its own, because `nestjs-cls` is CommonJS: an application on the platform of the first argument serves
 * requests of three users that overlap. Its handlers call the method that the second argument names, whose first
 * attempts hang. It says on stdout what was answered, and whose request each attempt and each listener has seen.
 */
import { Controller, Get, Inject, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ClsModule, ClsService } from 'nestjs-cls';
import { Attempt, Hedge, ResilienceEvents, ResilienceModule, Retryable, Timeout } from 'nestjs-breakwater';
import type { AttemptContext } from 'nestjs-breakwater';
import { ManualClock } from '../../../lib/testing/manual-clock.js';

const [platform, method] = process.argv.slice(2) as ['express' | 'fastify', 'retried' | 'hedged' | 'plain'];
const USERS = ['alice', 'bob', 'carol'];
const clock = new ManualClock();
const seen: [user: string, attempt: number, sees: string][] = [];
const told: string[] = [];

class Orders {
  constructor(@Inject(ClsService) private readonly cls: ClsService) {}

  @Retryable({ maxRetries: 1, baseDelay: 0, budget: false })
  @Timeout(100)
  async retried(user: string, @Attempt() attempt?: AttemptContext): Promise<string> {
    return this.answer(user, attempt?.attempt ?? 0);
  }

  @Hedge({ delay: 50 })
  async hedged(user: string, @Attempt() attempt?: AttemptContext): Promise<string> {
    return this.answer(user, attempt?.attempt ?? 0);
  }

  /** Without `@Attempt()` there is less around a first attempt. */
  @Retryable({ maxRetries: 1, baseDelay: 0, budget: false })
  @Timeout(100)
  async plain(user: string): Promise<string> {
    return this.answer(user, seen.filter(([one]) => one === user).length + 1);
  }

  private async answer(user: string, attempt: number): Promise<string> {
    seen.push([user, attempt, String(this.cls.get('user'))]);
    if (attempt === 1) await new Promise(() => undefined);
    return String(this.cls.get('user'));
  }
}

@Controller('orders')
class OrdersController {
  constructor(
    @Inject(Orders) private readonly orders: Orders,
    @Inject(ClsService) private readonly cls: ClsService,
  ) {}

  @Get()
  answer(): Promise<string> {
    return this.orders[method](this.cls.get('user'));
  }
}

interface WithHeaders {
  readonly headers: Record<string, string>;
}

const requestStore = ClsModule.forRoot({
  global: true,
  middleware: {
    mount: true,
    setup: (cls, request: WithHeaders) => cls.set('user', request.headers['x-user']),
  },
});

@Module({
  imports: [requestStore, ResilienceModule.forRoot({ clock })],
  controllers: [OrdersController],
  providers: [Orders],
})
class App {}

const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
const app = await NestFactory.create(App, adapter, { logger: false, forceCloseConnections: true });
const cls = app.get(ClsService);
const events = app.get(ResilienceEvents);
for (const type of ['timeout', 'hedge.started'] as const)
  events.on(type, () => told.push(String(cls.get('user'))));
await app.listen(0, '127.0.0.1');

const url = `${await app.getUrl()}/orders`;
const answers: Promise<string>[] = [];
for (const user of USERS) {
  answers.push(fetch(url, { headers: { 'x-user': user } }).then((response) => response.text()));
  while (seen.length < answers.length) await new Promise((resolve) => setImmediate(resolve));
  await clock.advance(3);
}
await clock.advance(200);
const answered = await Promise.all(answers);
process.stdout.write(JSON.stringify({ answered, seen, told }));
await app.close();
