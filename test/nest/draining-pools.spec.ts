import { describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import type { OnApplicationShutdown, OnModuleDestroy } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { ResilienceModule, ResilienceService, Retryable, Timeout } from 'nestjs-breakwater';

/** A pool that is closed in `onModuleDestroy`. */
@Injectable()
class Pool implements OnModuleDestroy {
  isClosed = false;

  onModuleDestroy(): void {
    this.isClosed = true;
  }
}

@Module({ providers: [Pool], exports: [Pool] })
class PoolModule {}

const DOWN = new Error('the database is down');

@Injectable()
class Users {
  readonly met: string[] = [];

  constructor(private readonly pool: Pool) {}

  @Retryable({ backoff: 'constant', baseDelay: '1h', jitter: 'none' })
  async list(): Promise<string> {
    throw DOWN;
  }

  /** Waits between two attempts, and looks at the pool when the wait has been ended. */
  async watch(): Promise<void> {
    await this.list().catch(() => undefined);
    this.met.push(this.pool.isClosed ? 'a closed pool' : 'an open pool');
  }
}

async function start() {
  const module = await Test.createTestingModule({
    imports: [PoolModule, ResilienceModule.forRoot()],
    providers: [Users],
  }).compile();
  await module.init();
  const users = module.get(Users);
  return { module, users, watched: users.watch() };
}

describe('a pool that is closed in onModuleDestroy', () => {
  it('is closed before draining begins', async () => {
    const { module, users, watched } = await start();
    await module.close();
    await watched;
    expect(users.met).toEqual(['a closed pool']);
  });

  it('is open for what drains, where drain() goes before close()', async () => {
    const { module, users, watched } = await start();
    await module.get(ResilienceService).drain();
    await watched;
    await module.close();
    expect(users.met).toEqual(['an open pool']);
  });
});

/** A pool that is closed in `onApplicationShutdown`, and work in the background that uses it. */
@Injectable()
class LatePool implements OnApplicationShutdown {
  isClosed = false;

  onApplicationShutdown(): void {
    this.isClosed = true;
  }
}

@Module({ providers: [LatePool], exports: [LatePool] })
class LatePoolModule {}

@Injectable()
class Background implements OnApplicationShutdown {
  private release: () => void = () => undefined;
  private readonly held = new Promise<void>((resolve) => (this.release = resolve));

  constructor(private readonly pool: LatePool) {}

  @Timeout('20s')
  async work(): Promise<string> {
    await this.held;
    return this.pool.isClosed ? 'a closed pool' : 'an open pool';
  }

  /** The work ends while the application shuts down. */
  onApplicationShutdown(): void {
    setImmediate(this.release);
  }
}

describe('a pool that is closed in onApplicationShutdown', () => {
  it.each([
    ['is closed under work in the background, where the library is global', true, 'a closed pool'],
    ['waits for it, where the library is not global and is imported last', false, 'an open pool'],
  ])('%s', async (_what, isGlobal, met) => {
    const module = await Test.createTestingModule({
      imports: [LatePoolModule, ResilienceModule.forRoot({ isGlobal })],
      providers: [Background],
    }).compile();
    await module.init();
    const worked = module.get(Background).work();
    await module.close();
    expect(await worked).toBe(met);
  });
});
