import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { BullModule, getQueueToken, Processor, WorkerHost } from '@nestjs/bullmq';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import { DelayedError, QueueEvents, UnrecoverableError } from 'bullmq';
import type { Job, Queue } from 'bullmq';
import { CircuitBreaker, CircuitOpenException, ResilienceModule, Retryable } from 'nestjs-breakwater';
import { describeWith, REDIS } from './support/listening.js';

const connection = { host: '127.0.0.1', port: REDIS.port, maxRetriesPerRequest: null };
/** Queues of this run: other runs may use the same server. */
const ORDERS = `breakwater-orders-${randomUUID()}`;
const MAILS = `breakwater-mails-${randomUUID()}`;

/** A processor that is itself repeated. */
@Processor(ORDERS)
class OrdersProcessor extends WorkerHost {
  readonly runs: Record<string, number> = {};

  @Retryable({ maxRetries: 2, baseDelay: 0 })
  async process(job: Job, token?: string): Promise<string> {
    const run = (this.runs[job.name] = (this.runs[job.name] ?? 0) + 1);
    if (job.name === 'impossible') throw new UnrecoverableError('never');
    if (job.name === 'fails') throw new Error('not now');
    if (run === 1) {
      await job.moveToDelayed(Date.now() + 100, token);
      throw new DelayedError();
    }
    return 'done';
  }
}

@Injectable()
class Mailer {
  sent = 0;
  isDown = true;

  @CircuitBreaker({ failureThreshold: 1, recoveryTimeout: '300ms' })
  async send(to: string): Promise<string> {
    if (this.isDown) throw new Error('down');
    this.sent++;
    return `sent to ${to}`;
  }
}

/** The recipe of the docs: a job waits as long as the circuit is open, and none of its attempts is used up. */
@Processor(MAILS)
class MailsProcessor extends WorkerHost {
  delays = 0;

  constructor(private readonly mailer: Mailer) {
    super();
  }

  async process(job: Job<{ to: string }>, token?: string): Promise<string> {
    try {
      return await this.mailer.send(job.data.to);
    } catch (error) {
      if (!(error instanceof CircuitOpenException)) throw error;
      this.delays++;
      await job.moveToDelayed(Date.now() + (error.retryAfter ?? 1_000), token);
      throw new DelayedError();
    }
  }
}

await describeWith(REDIS, 'jobs of BullMQ', () => {
  let module: TestingModule;
  let events: Record<string, QueueEvents>;
  const queue = (name: string) => module.get<Queue>(getQueueToken(name));

  /** Adds a job and waits for its end. */
  async function finish(name: string, job: string, data: object, attempts: number): Promise<unknown> {
    const added = await queue(name).add(job, data, { attempts });
    return added.waitUntilFinished(events[name]).catch((error: Error) => `failed: ${error.message}`);
  }

  beforeEach(async () => {
    module = await Test.createTestingModule({
      imports: [
        ResilienceModule.forRoot(),
        BullModule.forRoot({ connection }),
        BullModule.registerQueue({ name: ORDERS }, { name: MAILS }),
      ],
      providers: [OrdersProcessor, MailsProcessor, Mailer],
    }).compile();
    module.useLogger(false);
    await module.init();
    events = Object.fromEntries([ORDERS, MAILS].map((name) => [name, new QueueEvents(name, { connection })]));
    await Promise.all(Object.values(events).map((one) => one.waitUntilReady()));
  });

  afterEach(async () => {
    await Promise.all(Object.values(events).map((one) => one.close()));
    for (const name of [ORDERS, MAILS]) await queue(name).obliterate({ force: true });
    await module.close();
  });

  it('that cannot be done run once, whatever the retry', async () => {
    expect(await finish(ORDERS, 'impossible', {}, 3)).toBe('failed: never');
    expect(module.get(OrdersProcessor).runs.impossible).toBe(1);
  });

  it('that put themselves off run again when their time has come, and not before', async () => {
    expect(await finish(ORDERS, 'later', {}, 1)).toBe('done');
    expect(module.get(OrdersProcessor).runs.later).toBe(2);
  });

  it.each([
    ['multiply the attempts of the queue and those of the retry', 2, 6],
    ['are repeated by the retry alone where the queue makes one attempt', 1, 3],
  ])('%s', async (_what, attempts, runs) => {
    expect(await finish(ORDERS, 'fails', {}, attempts)).toBe('failed: not now');
    expect(module.get(OrdersProcessor).runs.fails).toBe(runs);
  });

  it('wait in the queue while a circuit is open, and use up no attempt', async () => {
    expect(await finish(MAILS, 'mail', { to: 'Ann' }, 1)).toBe('failed: down');
    const mailer = module.get(Mailer);
    mailer.isDown = false;

    expect(await finish(MAILS, 'mail', { to: 'Ben' }, 1)).toBe('sent to Ben');

    expect(module.get(MailsProcessor).delays).toBeGreaterThan(0);
    expect(mailer.sent).toBe(1);
  });
});
