import { describe, expect, it } from '@jest/globals';
import { AsyncLocalStorage } from 'node:async_hooks';
import { Readable } from 'node:stream';
import { lastValueFrom, Observable, of, toArray } from 'rxjs';
import { Cache, Coalesce, Fallback, ResilienceCache, Retryable, Timeout } from 'nestjs-breakwater';
import { startApplication, stateOf } from '../../support/application.js';
import { answerLater } from '../../support/pipeline.js';

const user = new AsyncLocalStorage<string>();

/** A method whose runs are settled by hand, under a total timeout of a second. */
class Work {
  runs: { args: readonly unknown[]; user?: string | undefined; answer: ReturnType<typeof answerLater> }[] =
    [];

  @Coalesce({ key: (id: string) => id })
  of(...args: [id: string, ...unknown[]]): Promise<unknown> {
    const answer = answerLater();
    this.runs.push({ args, user: user.getStore(), answer });
    return answer.promise;
  }

  @Coalesce({ key: (id: string) => id })
  @Timeout({ total: '1s' })
  timed(...args: [id: string, ...unknown[]]): Promise<unknown> {
    const answer = answerLater();
    this.runs.push({ args, user: user.getStore(), answer });
    return answer.promise;
  }
}

async function start() {
  const app = await startApplication({}, Work);
  return { ...app, work: app.module.get(Work) };
}

const signalOf = (work: Work, run: number) =>
  work.runs[run].args.find((arg) => arg instanceof AbortSignal) as AbortSignal;

describe('a shared run', () => {
  it('happens once, in the context of the caller that began it, with its arguments', async () => {
    const { work } = await start();
    const ends = ['ada', 'bob'].map((name) => user.run(name, () => work.of('a', name)));
    expect(work.runs).toMatchObject([{ args: ['a', 'ada'], user: 'ada' }]);
    work.runs[0].answer.resolve('done');
    await expect(Promise.all(ends)).resolves.toEqual(['done', 'done']);
    const after = (name: string) =>
      user.run(name, async () => {
        await work.of('b');
        return user.getStore();
      });
    const contexts = Promise.all(['ada', 'bob'].map(after));
    work.runs[1].answer.resolve(1);
    await expect(contexts).resolves.toEqual(['ada', 'bob']);
  });

  it('keeps nothing: the next call runs again', async () => {
    const { work } = await start();
    const first = work.of('a');
    work.runs[0].answer.resolve(1);
    await first;
    void work.of('a');
    expect(work.runs).toHaveLength(2);
  });

  it('fails with the same error for all that waited', async () => {
    const { work } = await start();
    const ends = [work.of('a'), work.of('a')].map((end) => end.catch((error: unknown) => error));
    const down = new Error('down');
    work.runs[0].answer.reject(down);
    const [one, other] = await Promise.all(ends);
    expect([one === down, other === down]).toEqual([true, true]);
  });

  it('gets a signal of its own in place of the one that its caller brought', async () => {
    const { work } = await start();
    const { signal } = new AbortController();
    const options = { signal, more: 1 };
    void work.of('a', signal);
    void work.of('b', options);
    void work.of('c', { more: 1 });
    const [, second, third] = work.runs.map(({ args }) => args[1]);
    expect(signalOf(work, 0)).not.toBe(signal);
    expect(second).toEqual({ signal: expect.any(AbortSignal), more: 1 });
    expect((second as typeof options).signal).not.toBe(signal);
    expect(options.signal).toBe(signal);
    expect(third).toEqual({ more: 1 });
  });

  it('goes on when a caller leaves it to others, and is aborted when the last one has left', async () => {
    const { work, settled } = await start();
    const [ada, bob] = [new AbortController(), new AbortController()];
    const first = work.of('a', ada.signal);
    const second = work.of('a', bob.signal);
    ada.abort(new Error('ada left'));
    await expect(first).rejects.toThrow('ada left');
    expect(signalOf(work, 0).aborted).toBe(false);
    bob.abort(new Error('bob left'));
    await expect(second).rejects.toThrow('bob left');
    expect(signalOf(work, 0).aborted).toBe(true);
    expect(settled.map(({ outcome }) => outcome)).toEqual(['aborted', 'aborted']);
  });

  it('is not joined once it is aborted', async () => {
    const { work } = await start();
    const { signal } = new AbortController();
    const leaving = new AbortController();
    const first = work.of('a', leaving.signal);
    leaving.abort();
    await expect(first).rejects.toThrow();
    const second = work.of('a', signal);
    expect(work.runs).toHaveLength(2);
    work.runs[1].answer.resolve('new');
    await expect(second).resolves.toBe('new');
  });

  it('is bounded by the latest deadline; each caller by its own', async () => {
    const { work, clock, told } = await start();
    const first = work.timed('a');
    first.catch(() => undefined);
    await clock.advance(600);
    const second = work.timed('a');
    second.catch(() => undefined);
    await clock.advance(400);
    await expect(first).rejects.toMatchObject({ scope: 'total', timeout: 1000 });
    expect(await stateOf(second)).toBe('pending');
    await clock.advance(600);
    await expect(second).rejects.toMatchObject({ scope: 'total', timeout: 1000 });
    expect(told.map(({ type }) => type)).toEqual(['timeout', 'timeout']);
    void work.timed('a');
    expect(work.runs).toHaveLength(2);
  });

  it('is retried until the latest deadline', async () => {
    class Flaky {
      attempts = 0;

      @Coalesce()
      @Timeout({ total: '1s' })
      @Retryable({ maxRetries: 3, baseDelay: 700, backoff: 'constant', jitter: 'none' })
      async of(_id: string): Promise<string> {
        await Promise.resolve();
        if (++this.attempts < 3) throw new Error('down');
        return 'up';
      }
    }
    const { module, clock } = await startApplication({}, Flaky);
    const flaky = module.get(Flaky);
    const first = flaky.of('a');
    first.catch(() => undefined);
    await clock.advance(650);
    const second = flaky.of('a');
    await clock.advance(900);
    await expect(first).rejects.toMatchObject({ scope: 'total' });
    await expect(second).resolves.toBe('up');
    expect(flaky.attempts).toBe(3);
  });

  it('has a fallback for each caller', async () => {
    class Fallen {
      @Fallback((_error: Error, _id: string, name: string) => name)
      @Coalesce({ key: (id: string) => id })
      async of(_id: string, _name: string): Promise<string> {
        await Promise.resolve();
        throw new Error('down');
      }
    }
    const { module } = await startApplication({}, Fallen);
    const fallen = module.get(Fallen);
    expect(await Promise.all([fallen.of('a', 'ada'), fallen.of('a', 'bob')])).toEqual(['ada', 'bob']);
  });

  it('that a delete has made old is joined no more, whatever coalesces', async () => {
    class Both {
      calls = 0;

      @Cache({ ttl: '1m' })
      @Coalesce({ key: () => 'all' })
      async of(_id: number): Promise<number> {
        const call = ++this.calls;
        await Promise.resolve();
        return call;
      }
    }
    const { module } = await startApplication({}, Both);
    const both = module.get(Both);
    const first = both.of(1);
    await module.get(ResilienceCache).delete('Both.of', [1]);
    const second = both.of(1);
    expect(await Promise.all([first, second])).toEqual([1, 2]);
    expect(await both.of(1)).toBe(2);
  });

  it('that yields what can be read once goes to one caller, and is not kept', async () => {
    class Streams {
      calls = 0;

      @Cache({ ttl: '1m' })
      async of(_id: number): Promise<Readable> {
        await Promise.resolve();
        return Readable.from([`${++this.calls}`]);
      }
    }
    const { module, settled } = await startApplication({}, Streams);
    const streams = module.get(Streams);
    const read = async () => (await (await streams.of(1)).toArray()) as string[];
    expect((await Promise.all([read(), read()])).flat().sort()).toEqual(['1', '2']);
    expect(await read()).toEqual(['3']);
    expect(settled.map(({ cache }) => cache)).toEqual([undefined, undefined, undefined]);
  });
});

describe('an Observable', () => {
  class Rx {
    runs = 0;
    subscriptions = 0;

    @Cache({ ttl: '1m' })
    one(id: string): Observable<string> {
      return new Observable((subscriber) => {
        this.runs++;
        const timer = setImmediate(() => (subscriber.next(`${id} ${this.runs}`), subscriber.complete()));
        return () => clearImmediate(timer);
      });
    }

    @Cache({ ttl: '1m' })
    many(_id: string): Observable<number> {
      this.runs++;
      return of(1, 2, this.runs);
    }
  }
  Reflect.defineMetadata('design:returntype', Observable, Rx.prototype, 'one');

  const startRx = async () => {
    const app = await startApplication({}, Rx);
    return { ...app, rx: app.module.get(Rx) };
  };

  it('that emits one value is kept and shared', async () => {
    const { rx, settled } = await startRx();
    const ask = () => lastValueFrom(rx.one('a').pipe(toArray()));
    expect(await Promise.all([ask(), ask()])).toEqual([['a 1'], ['a 1']]);
    expect(await ask()).toEqual(['a 1']);
    expect(rx.runs).toBe(1);
    expect(settled.map(({ cache }) => cache)).toEqual([undefined, 'coalesced', 'hit']);
  });

  it('that emits several values is passed on, and not kept', async () => {
    const { rx } = await startRx();
    const ask = () => lastValueFrom(rx.many('a').pipe(toArray()));
    expect(await Promise.all([ask(), ask()])).toEqual([
      [1, 2, 1],
      [1, 2, 2],
    ]);
    expect(await ask()).toEqual([1, 2, 3]);
  });

  it('is left to the others by a subscriber that leaves', async () => {
    const { rx } = await startRx();
    const first = rx.one('a').subscribe();
    const second = lastValueFrom(rx.one('a'));
    first.unsubscribe();
    expect(await second).toBe('a 1');
  });
});
