import { describe, expect, it } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { lastValueFrom, NEVER, Observable, of } from 'rxjs';
import { Cache, Coalesce, Timeout } from 'nestjs-breakwater';
import { startApplication, stateOf } from '../../support/application.js';
import { answerLater } from '../../support/pipeline.js';

/** Methods whose runs are settled by hand. */
class Work {
  runs: { signal: AbortSignal | undefined; answer: ReturnType<typeof answerLater> }[] = [];
  teardowns = 0;

  @Cache({ ttl: '1s', staleWhileRevalidate: '1h' })
  renewed(_id: string, signal?: AbortSignal): Promise<unknown> {
    return this.run(signal);
  }

  @Cache({ ttl: '1m' })
  cached(_id: string, signal?: AbortSignal): Promise<unknown> {
    return this.run(signal);
  }

  @Cache({ ttl: '1m', coalesce: false })
  alone(_id: string, signal?: AbortSignal): Promise<unknown> {
    return this.run(signal);
  }

  @Coalesce()
  @Timeout({ total: '1s' })
  shared(_id: string, signal?: AbortSignal): Promise<unknown> {
    return this.run(signal);
  }

  @Cache({ ttl: '1m' })
  values(id: string, _signal?: AbortSignal): Observable<string> {
    return of(id);
  }

  @Cache({ ttl: '1m' })
  silent(_id: string, _signal?: AbortSignal): Observable<never> {
    return new Observable((subscriber) => {
      NEVER.subscribe(subscriber);
      return () => void this.teardowns++;
    });
  }

  private run(signal: AbortSignal | undefined): Promise<unknown> {
    const answer = answerLater();
    this.runs.push({ signal, answer });
    return answer.promise;
  }
}
for (const name of ['values', 'silent'])
  Reflect.defineMetadata('design:returntype', Observable, Work.prototype, name);

async function start() {
  const app = await startApplication({}, Work);
  return { ...app, work: app.module.get(Work) };
}

describe('a caller that leaves', () => {
  it('does not end the renewal behind the answer that it has got', async () => {
    const { work, clock } = await start();
    const first = work.renewed('a');
    work.runs[0].answer.resolve(1);
    await first;
    await clock.advance(2_000);
    const leaving = new AbortController();
    await expect(work.renewed('a', leaving.signal)).resolves.toBe(1);
    leaving.abort(new Error('the request is over'));
    expect(work.runs[1].signal).toMatchObject({ aborted: false });
    work.runs[1].answer.resolve(2);
    await stateOf(work.runs[1].answer.promise);
    await expect(work.renewed('a')).resolves.toBe(2);
  });

  it.each(['cached', 'alone', 'shared'] as const)(
    'before its call begins no run, and stands in no way of others (%s)',
    async (method) => {
      const { work, settled } = await start();
      const left = work[method]('a', AbortSignal.abort(new Error('left')));
      await expect(left).rejects.toThrow('left');
      expect(work.runs).toEqual([]);
      expect(settled).toMatchObject([{ outcome: 'aborted', attempts: 0 }]);
      const next = work[method]('a');
      work.runs[0].answer.resolve(1);
      await expect(next).resolves.toBe(1);
    },
  );

  it('aborts the run with its total timeout, once no other call waits', async () => {
    const { work, clock } = await start();
    const { signal } = new AbortController();
    const ends = [work.shared('a', signal)];
    await clock.advance(500);
    ends.push(work.shared('a'));
    const codes = ends.map((end) => end.catch((error: { code: string }) => error.code));
    await clock.advance(500);
    await expect(codes[0]).resolves.toBe('RESILIENCE_TIMEOUT');
    expect(work.runs[0].signal).toMatchObject({ aborted: false });
    await clock.advance(500);
    await expect(codes[1]).resolves.toBe('RESILIENCE_TIMEOUT');
    expect(work.runs[0].signal).toMatchObject({ aborted: true });
  });

  it('ends the stream of an Observable that nothing else waits for', async () => {
    const { work } = await start();
    const leaving = new AbortController();
    const end = lastValueFrom(work.silent('a', leaving.signal));
    leaving.abort(new Error('left'));
    await expect(end).rejects.toThrow('left');
    expect(work.teardowns).toBe(1);
    const gone = AbortSignal.abort(new Error('gone'));
    await expect(lastValueFrom(work.values('a', gone))).rejects.toThrow('gone');
  });

  it('later than all of its calls finds no listener of theirs', async () => {
    const { work } = await start();
    const { signal } = new AbortController();
    for (const id of ['a', 'b', 'a']) {
      await lastValueFrom(work.values(id, signal));
      const end = work.shared(id, signal);
      work.runs.at(-1)?.answer.resolve(1);
      await end;
    }
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
