import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, Param } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Attempt, ResilienceConfigurationError, ResilienceModule, Retryable } from 'nestjs-breakwater';
import type { AttemptContext } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';

class Bookings {
  readonly seen: (AttemptContext | undefined)[] = [];
  readonly args: unknown[][] = [];

  @Retryable({ maxRetries: 2, baseDelay: 0 })
  async book(order: string, @Attempt() attempt?: AttemptContext, note?: string): Promise<string> {
    this.seen.push(attempt);
    this.args.push([order, note]);
    if (this.seen.length < 3) throw new Error(`no ${this.seen.length}`);
    return `${order} at attempt ${attempt?.attempt}`;
  }

  @Retryable({ baseDelay: '1h' })
  async hang(@Attempt() attempt?: AttemptContext): Promise<void> {
    this.seen.push(attempt);
    await new Promise((_, reject) => {
      attempt?.signal.addEventListener('abort', () => reject(attempt.signal.reason));
    });
  }
}

@Controller('orders')
class Orders {
  @Get(':id')
  @Retryable({ baseDelay: 0 })
  async show(@Attempt() attempt: AttemptContext, @Param('id') id: string): Promise<string> {
    return `${id}:${attempt.attempt}`;
  }
}

describe('a parameter with @Attempt()', () => {
  it('receives the number, one key for all attempts, and the error before', async () => {
    const { module } = await startApplication({}, Bookings);
    const bookings = module.get(Bookings);
    await expect(bookings.book('o-1', undefined, 'gift')).resolves.toBe('o-1 at attempt 3');
    expect(bookings.seen.map((attempt) => attempt?.attempt)).toEqual([1, 2, 3]);
    expect(new Set(bookings.seen.map((attempt) => attempt?.idempotencyKey)).size).toBe(1);
    expect(bookings.seen[0]?.idempotencyKey).toMatch(/^[\da-f]{8}-[\da-f]{4}-4/);
    expect(bookings.seen.map((attempt) => (attempt?.lastError as Error | undefined)?.message)).toEqual([
      undefined,
      'no 1',
      'no 2',
    ]);
    expect(bookings.args).toEqual(Array(3).fill(['o-1', 'gift']));
    await module.close();
  });

  it('replaces what the caller passes in its place, and makes a new key for each call', async () => {
    const { module } = await startApplication({}, Bookings);
    const bookings = module.get(Bookings);
    await bookings.book('o-1', { attempt: 99 } as never);
    await bookings.book('o-2');
    expect(bookings.seen.map((attempt) => attempt?.attempt)).toEqual([1, 2, 3, 1]);
    expect(new Set(bookings.seen.map((attempt) => attempt?.idempotencyKey)).size).toBe(2);
    await module.close();
  });

  it('has a signal that aborts on shutdown', async () => {
    const { module } = await startApplication({}, Bookings);
    const bookings = module.get(Bookings);
    const call = bookings.hang().catch((error: unknown) => error);
    await module.close();
    expect(await call).toMatchObject({ code: 'RESILIENCE_SHUTDOWN' });
    expect(bookings.seen[0]?.signal.aborted).toBe(true);
  });

  it('stands beside the parameters of a route', async () => {
    const app = await Test.createTestingModule({
      imports: [ResilienceModule.forRoot()],
      controllers: [Orders],
    }).compile();
    const server = app.createNestApplication({ logger: false });
    await server.listen(0, '127.0.0.1');
    expect(await (await fetch(`${await server.getUrl()}/orders/7`)).text()).toBe('7:1');
    await server.close();
  });

  it('is undefined in a class that is constructed outside Nest', async () => {
    await expect(new Bookings().book('o-1')).rejects.toThrow('no 1');
  });
});

describe('a misplaced @Attempt()', () => {
  const start = (provider: new () => object) => {
    @Module({ imports: [ResilienceModule.forRoot()], providers: [provider] })
    class App {}
    return Test.createTestingModule({ imports: [App] }).compile();
  };

  it('on a method without a decorator of this library stops the start', async () => {
    class Plain {
      async pay(@Attempt() attempt?: AttemptContext): Promise<unknown> {
        return attempt;
      }
    }
    await expect(start(Plain)).rejects.toThrow('Plain.pay @Attempt: expected a method with @Retryable()');
  });

  it('twice in a method, in a constructor or on a static method is refused at once', () => {
    const decorate = Attempt();
    class Service {}
    decorate(Service.prototype, 'pay', 0);
    expect(() => decorate(Service.prototype, 'pay', 1)).toThrow('expected @Attempt() once in a method');
    expect(() => decorate(Service, undefined, 0)).toThrow(ResilienceConfigurationError);
    expect(() => decorate(Service, 'make', 0)).toThrow('one of a static method');
  });
});
