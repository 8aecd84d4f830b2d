import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import {
  CommandBus,
  CommandHandler,
  CqrsModule,
  EventBus,
  EventsHandler,
  QueryBus,
  QueryHandler,
} from '@nestjs/cqrs';
import type { ICommandHandler, IEventHandler, IQueryHandler } from '@nestjs/cqrs';
import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { Cron, CronExpression, Interval, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import { Attempt, CircuitBreaker, ResilienceModule, Resilient, Retryable } from 'nestjs-breakwater';
import type { AttemptContext } from 'nestjs-breakwater';
import { EventEmitter, once } from 'node:events';
import { Unsteady } from '../support/unsteady.js';

/** Hears of what has been done. */
const journal = new EventEmitter();

class OrderBook {
  constructor(readonly title: string) {}
}
class FindBook extends OrderBook {}
class BookSold extends OrderBook {}

@CommandHandler(OrderBook)
class OrderBookHandler implements ICommandHandler<OrderBook> {
  private readonly upstream = new Unsteady();

  @Retryable()
  async execute({ title }: OrderBook, @Attempt() attempt?: AttemptContext): Promise<string> {
    return this.upstream.answer(`ordered ${title} at attempt ${attempt?.attempt}`);
  }
}

@QueryHandler(FindBook)
class FindBookHandler implements IQueryHandler<FindBook> {
  private readonly upstream = new Unsteady();

  @Retryable()
  @CircuitBreaker()
  async execute({ title }: FindBook): Promise<string> {
    return this.upstream.answer(`found ${title}`);
  }
}

@EventsHandler(BookSold)
class BookSoldHandler implements IEventHandler<BookSold> {
  private readonly upstream = new Unsteady();

  @Retryable()
  async handle({ title }: BookSold): Promise<void> {
    journal.emit(this.upstream.answer(`sold ${title}`));
  }
}

@Injectable()
class Jobs {
  readonly upstream = new Unsteady();

  @Cron(CronExpression.EVERY_YEAR, { name: 'yearly' })
  @Retryable()
  async yearly(): Promise<void> {
    journal.emit(this.upstream.answer('yearly'));
  }

  @Retryable()
  @Interval('often', 1)
  async often(): Promise<void> {
    journal.emit(this.upstream.answer('often'));
  }

  @OnEvent('book.returned')
  @Retryable()
  async onReturned(title: string): Promise<void> {
    journal.emit(this.upstream.answer(`returned ${title}`));
  }
}

/** As @nestjs/bullmq knows them: a provider whose `process` is called with a job. */
@Injectable()
class PrintingProcessor {
  private readonly upstream = new Unsteady();

  @Retryable()
  async process(job: { name: string }, token?: string): Promise<string> {
    return this.upstream.answer(`${job.name} by ${token}`);
  }
}

/** The same with the decorator on the class, and a base class as bullmq's processors have one. */
abstract class WorkerHost {
  abstract process(job: object, token?: string): Promise<unknown>;
}

@Resilient('retried')
class BindingProcessor extends WorkerHost {
  private readonly upstream = new Unsteady();

  async process(job: { name: string }, token?: string): Promise<string> {
    return this.upstream.answer(`${job.name} bound by ${token}`);
  }
}

describe('a decorated handler', () => {
  let module: TestingModule;

  beforeAll(async () => {
    const defaults = { retry: { baseDelay: 0 } };
    const resilience = ResilienceModule.forRoot({ defaults, policies: { retried: { retry: {} } } });
    const imports = [
      resilience,
      CqrsModule.forRoot(),
      ScheduleModule.forRoot(),
      EventEmitterModule.forRoot(),
    ];
    const handlers = [OrderBookHandler, FindBookHandler, BookSoldHandler];
    const providers = [...handlers, Jobs, PrintingProcessor, BindingProcessor];
    module = await Test.createTestingModule({ imports, providers }).compile();
    module.useLogger(false);
    await module.init();
  });

  afterAll(() => module.close());

  it('is repeated for commands, queries and events of CQRS', async () => {
    const sold = once(journal, 'sold Emma');
    const ordered = await module.get(CommandBus).execute(new OrderBook('Emma'));
    const found = await module.get(QueryBus).execute(new FindBook('Emma'));
    module.get(EventBus).publish(new BookSold('Emma'));
    expect([ordered, found]).toEqual(['ordered Emma at attempt 2', 'found Emma']);
    await sold;
  });

  it('is repeated for cron jobs and intervals of the scheduler', async () => {
    const [yearly, often] = [once(journal, 'yearly'), once(journal, 'often')];
    await module.get(SchedulerRegistry).getCronJob('yearly').fireOnTick();
    await Promise.all([yearly, often]);
  });

  it('is repeated for listeners of the event emitter', async () => {
    const returned = once(journal, 'returned Emma');
    module.get(EventEmitter2).emit('book.returned', 'Emma');
    await returned;
  });

  it.each([
    ['on its method', PrintingProcessor, 'Emma by worker'],
    ['on its class', BindingProcessor, 'Emma bound by worker'],
  ])('is repeated for processors of a queue with the decorator %s', async (_where, type, answer) => {
    const processor: object = module.get(type);
    // as a queue's worker calls it: found by name, with the job and a token
    const { process } = processor as { process: (...args: unknown[]) => unknown };
    await expect(process.call(processor, { name: 'Emma' }, 'worker')).resolves.toBe(answer);
  });
});
