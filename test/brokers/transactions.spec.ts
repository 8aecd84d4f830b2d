import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import { Attempt, ResilienceModule, Retryable, Timeout } from 'nestjs-breakwater';
import type { AttemptContext } from 'nestjs-breakwater';
import { Pool } from 'pg';
import type { PoolClient } from 'pg';
import { describeWith, POSTGRES } from './support/listening.js';

const table = `breakwater_${randomUUID().replaceAll('-', '')}`;
const url = 'postgres://postgres@127.0.0.1:5432/postgres';

/** Runs a function in a transaction, as the adapters of transaction managers do. */
async function inTransaction<T>(pool: Pool, run: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await run(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

const transaction = new AsyncLocalStorage<PoolClient>();

/** What `@Transactional()` of nestjs-cls and of typeorm-transactional does: it replaces the method. */
function Transactional() {
  return (_prototype: object, _key: string, descriptor: PropertyDescriptor) => {
    const method = descriptor.value as (...args: unknown[]) => Promise<unknown>;
    descriptor.value = function (this: { pool: Pool }, ...args: unknown[]) {
      return inTransaction(this.pool, (client) => transaction.run(client, () => method.apply(this, args)));
    };
  };
}

@Injectable()
class Ledger {
  runs = 0;

  constructor(readonly pool: Pool) {}

  private get client(): PoolClient {
    return transaction.getStore() as PoolClient;
  }

  private async book(failure: () => Promise<unknown>): Promise<number> {
    await this.client.query(`INSERT INTO ${table} VALUES ($1)`, [++this.runs]);
    if (this.runs === 1) await failure();
    return this.runs;
  }

  private readonly unreachable = () => Promise.reject(new Error('another service is down'));
  private readonly deadlock = () => this.client.query("DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$");

  @Retryable({ baseDelay: 0 })
  @Transactional()
  async right(): Promise<number> {
    return this.book(this.unreachable);
  }

  @Transactional()
  @Retryable({ baseDelay: 0 })
  async wrong(): Promise<number> {
    return this.book(this.unreachable);
  }

  @Retryable({ baseDelay: 0 })
  @Transactional()
  async rightAfterDeadlock(): Promise<number> {
    return this.book(this.deadlock);
  }

  @Transactional()
  @Retryable({ baseDelay: 0 })
  async wrongAfterDeadlock(): Promise<number> {
    return this.book(this.deadlock);
  }
}

/** Work that takes longer than its attempt may. */
@Injectable()
class Slow {
  left: Promise<unknown> = Promise.resolve();

  constructor(private readonly pool: Pool) {}

  private run(before: string, signal?: AbortSignal): Promise<void> {
    const done = inTransaction(this.pool, async (client) => {
      await client.query(before);
      await client.query(`INSERT INTO ${table} VALUES (1)`);
      await client.query('SELECT pg_sleep(0.3)');
      signal?.throwIfAborted();
    });
    this.left = done.catch(() => undefined);
    return done;
  }

  @Timeout('100ms')
  async wrong(): Promise<void> {
    return this.run('SELECT 1');
  }

  /** Nothing commits once the attempt has been given up. */
  @Timeout('100ms')
  async withSignal(@Attempt() attempt?: AttemptContext): Promise<void> {
    return this.run('SELECT 1', attempt?.signal);
  }

  /** The database gives up before the attempt does. */
  @Timeout('20s')
  async withStatementTimeout(): Promise<void> {
    return this.run("SET LOCAL statement_timeout = '50ms'");
  }
}

await describeWith(POSTGRES, 'transactions in PostgreSQL', () => {
  let module: TestingModule;
  let pool: Pool;
  const rows = async () =>
    (await inTransaction(pool, (client) => client.query(`SELECT n FROM ${table} ORDER BY n`))).rows;

  beforeEach(async () => {
    pool = new Pool({ connectionString: url });
    await inTransaction(pool, (client) => client.query(`CREATE TABLE ${table} (n int)`));
    module = await Test.createTestingModule({
      imports: [ResilienceModule.forRoot()],
      providers: [Ledger, Slow, { provide: Pool, useValue: pool }],
    }).compile();
    module.useLogger(false);
    await module.init();
  });

  afterEach(async () => {
    await module.close();
    await inTransaction(pool, (client) => client.query(`DROP TABLE ${table}`));
    await pool.end();
  });

  it('keep the last attempt only, where @Transactional stands below @Retryable', async () => {
    expect(await module.get(Ledger).right()).toBe(2);
    expect(await rows()).toEqual([{ n: 2 }]);
  });

  it('keep what every attempt has written, where @Transactional stands above', async () => {
    expect(await module.get(Ledger).wrong()).toBe(2);
    expect(await rows()).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('are repeated whole after a deadlock, where @Transactional stands below', async () => {
    expect(await module.get(Ledger).rightAfterDeadlock()).toBe(2);
    expect(await rows()).toEqual([{ n: 2 }]);
  });

  it('hide the deadlock behind 25P02, where @Transactional stands above', async () => {
    await expect(module.get(Ledger).wrongAfterDeadlock()).rejects.toMatchObject({ code: '25P02' });
    expect(await rows()).toEqual([]);
  });

  it('commit after the attempt has been given up, where nothing tells them', async () => {
    const slow = module.get(Slow);
    await expect(slow.wrong()).rejects.toMatchObject({ code: 'RESILIENCE_TIMEOUT' });
    await slow.left;
    expect(await rows()).toEqual([{ n: 1 }]);
  });

  it.each([
    ['that asks the signal of its attempt', 'withSignal', 'RESILIENCE_TIMEOUT'],
    ['with a statement timeout below that of the attempt', 'withStatementTimeout', '57014'],
  ] as const)('commit nothing after the attempt has been given up: one %s', async (_what, method, code) => {
    const slow = module.get(Slow);
    await expect(slow[method]()).rejects.toMatchObject({ code });
    await slow.left;
    expect(await rows()).toEqual([]);
  });
});
