import { afterEach, describe, expect, it } from '@jest/globals';
import { Attempt, ResilientHttpService, Retryable, Timeout, TimeoutException } from 'nestjs-breakwater';
import type { AttemptContext, ResilienceModuleOptions } from 'nestjs-breakwater';
import { startApplication, stateOf } from '../support/application.js';
import type { TestApplication } from '../support/application.js';
import { eventually } from '../support/http-application.js';
import { FaultServer, hang as noAnswer } from '../support/fault-server/fault-server.js';

const hang = () => new Promise<never>(() => undefined);
const again = {
  maxRetries: 5,
  baseDelay: '300ms',
  backoff: 'constant',
  jitter: 'none',
  budget: false,
} as const;

class Shop {
  readonly attempts: AttemptContext[] = [];
  answers: Promise<PromiseSettledResult<unknown>[]> | undefined;

  @Retryable(again)
  async buy(item: string, @Attempt() attempt?: AttemptContext): Promise<string> {
    this.attempts.push(attempt as AttemptContext);
    throw new Error(`no ${item}`);
  }

  @Timeout({ total: '2s' })
  async ask(...requests: (() => Promise<unknown>)[]): Promise<PromiseSettledResult<unknown>[]> {
    const all = Promise.allSettled(requests.map((request) => request()));
    this.answers = all;
    return all;
  }

  @Retryable(again)
  async look(item: string): Promise<string> {
    return `${item}: ${this.attempts.length}`;
  }
}

let app: TestApplication;
afterEach(() => app.module.close());
const pause = (ms: number) => new Promise<void>((resolve) => void app.clock.setTimeout(resolve, ms));
const tryOrUndefined = <T>(promise: Promise<T>) => (promise.catch(() => undefined), promise);

async function start(options: ResilienceModuleOptions = {}): Promise<Shop> {
  app = await startApplication({ deadlines: true, ...options }, Shop);
  return app.module.get(Shop);
}

describe('deadlines: true', () => {
  it('ends an inner call with the deadline around it, and tells its attempt', async () => {
    await start();
    let inner: AttemptContext | undefined;
    const call = tryOrUndefined(
      app.service.execute({ timeout: { total: 1000 } }, async () => {
        await pause(400);
        return app.service.execute({ timeout: { attempt: 5000, total: 10_000 } }, (attempt) => {
          inner = attempt;
          return hang();
        });
      }),
    );
    await app.clock.advance(999);
    expect([await stateOf(call), inner?.deadline, inner?.signal.aborted]).toEqual(['pending', 1000, false]);
    await app.clock.advance(1);
    await expect(call).rejects.toMatchObject({ scope: 'total', timeout: 1000 });
    expect(inner?.signal.aborted).toBe(true);
  });

  it('leaves a shorter inner timeout as it is', async () => {
    await start();
    const inner = () => app.service.execute({ timeout: { total: 200 } }, hang);
    const call = tryOrUndefined(app.service.execute({ timeout: { total: 1000 } }, inner));
    await app.clock.advance(200);
    await expect(call).rejects.toMatchObject({ timeout: 200 });
  });

  it('begins no retry that the deadline around would cut off, in methods without a timeout too', async () => {
    const shop = await start();
    const call = tryOrUndefined(app.service.execute({ timeout: { attempt: 700 } }, () => shop.buy('book')));
    await app.clock.advance(600);
    await expect(call).rejects.toThrow('no book');
    expect(shop.attempts.map(({ attempt, deadline }) => [attempt, deadline])).toEqual([
      [1, 700],
      [2, 700],
      [3, 700],
    ]);
    expect(app.clock.now()).toBe(600);
  });

  it('passes a deadline through layers that have none', async () => {
    const shop = await start();
    const layer = () => app.service.execute({ retry: { maxRetries: 0 } }, () => shop.buy('book'));
    const call = tryOrUndefined(app.service.execute({ timeout: { total: 500 } }, layer));
    await app.clock.advance(300);
    await expect(call).rejects.toThrow('no book');
    expect(shop.attempts.map(({ deadline }) => deadline)).toEqual([500, 500]);
  });

  it('gives each attempt of the outer call its own deadline', async () => {
    const shop = await start();
    const policy = { timeout: { attempt: 100 }, retry: { maxRetries: 1, baseDelay: 0 } };
    const call = tryOrUndefined(app.service.execute(policy, () => shop.buy('book').catch(hang)));
    await app.clock.advance(200);
    await expect(call).rejects.toBeInstanceOf(TimeoutException);
    expect(shop.attempts.map(({ deadline }) => deadline)).toEqual([100, 200]);
  });

  it('does not even begin what an attempt asks for that was given up', async () => {
    const shop = await start();
    let late: Promise<string> | undefined;
    const call = tryOrUndefined(
      app.service.execute({ timeout: { total: 100 } }, async () => {
        await pause(150);
        return (late = tryOrUndefined(shop.buy('book')));
      }),
    );
    await app.clock.advance(200);
    await expect(call).rejects.toMatchObject({ timeout: 100 });
    await expect(late).rejects.toBeInstanceOf(TimeoutException);
    expect(shop.attempts).toHaveLength(0);
  });

  it('does not touch what a finished call has left behind', async () => {
    const shop = await start();
    let later: Promise<string> | undefined;
    await app.service.execute({ timeout: { total: 100 } }, () => {
      later = pause(150).then(() => shop.look('book'));
      return Promise.resolve();
    });
    await app.clock.advance(200);
    await expect(later).resolves.toBe('book: 0');
  });

  it('bounds the HTTP client in a decorated method, and calls side by side', async () => {
    const shop = await start();
    const server = await FaultServer.start();
    server.play(noAnswer);
    const http = app.module.get(ResilientHttpService);
    const call = tryOrUndefined(
      shop.ask(
        () => http.get(`${server.url}/a`),
        () => http.get(`${server.url}/b`),
      ),
    );
    await eventually(() => server.arrived.length === 2);
    await app.clock.advance(2000);
    await expect(call).rejects.toMatchObject({ timeout: 2000 });
    expect(await shop.answers).toMatchObject([{ reason: { timeout: 2000 } }, { reason: { timeout: 2000 } }]);
    // nobody waits for their answers any more
    await eventually(() => server.hasLost(0) && server.hasLost(1));
    expect(server.arrived).toHaveLength(2);
    await server.stop();
  });

  it('is not the default', async () => {
    await start({ deadlines: false });
    let inner: Promise<unknown> | undefined;
    const begin = () => (inner = tryOrUndefined(app.service.execute({ timeout: { total: 500 } }, hang)));
    void tryOrUndefined(app.service.execute({ timeout: { total: 100 } }, begin));
    await app.clock.advance(499);
    expect(await stateOf(inner as Promise<unknown>)).toBe('pending');
  });
});
