import { describe, expect, it } from '@jest/globals';
import { AsyncLocalStorage } from 'node:async_hooks';
import { AroundCall } from '../../../../lib/pipeline/around/around-call.js';
import type { CallWrapper } from '../../../../lib/strategies/call-wrapper.js';
import { engineOf } from '../../../support/pipeline.js';

const down = new Error('down');
const fail = () => Promise.reject(down);
const operation = { method: () => undefined, self: undefined, args: ['a'] };

/** A strategy that writes down what passes it. */
function passing(name: string, log: string[]): CallWrapper {
  return {
    around: (call, run) => {
      log.push(`${name} begins with ${String(call.args[0])}`);
      return run(call).finally(() => log.push(`${name} ends`));
    },
  };
}

describe('a call within the strategies around it', () => {
  it('passes them from the outermost to the innermost, and back', async () => {
    const { pipeline } = engineOf({});
    const log: string[] = [];
    const around = [passing('outer', log), passing('inner', log)];
    const run = () => Promise.resolve(log.push('call'));
    const wrapped = Object.create(pipeline, { wrappers: { value: around } }) as typeof pipeline;
    await expect(new AroundCall(wrapped, operation).pass(run)).resolves.toBe(3);
    expect(log).toEqual(['outer begins with a', 'inner begins with a', 'call', 'inner ends', 'outer ends']);
  });

  it('has ended once the strategies are through: the engine only reports to them', async () => {
    const { pipeline, told, listen, run } = engineOf({ fallback: { use: () => 'instead', on: RangeError } });
    listen();
    await run(() => Promise.resolve('result'));
    await run(() => Promise.reject(new RangeError('poor'))).then((result) => expect(result).toBe('instead'));
    await expect(run(fail)).rejects.toBe(down);
    const ends = told.filter(({ type }) => type === 'call.settled');
    expect(ends).toMatchObject([
      { outcome: 'success', attempts: 1 },
      { outcome: 'fallback', attempts: 1 },
      { outcome: 'failure', attempts: 1, error: down },
    ]);
    expect(pipeline.deps.shutdown.callsRunning).toBe(0);
  });

  it('fails with what the fallback throws, and was rejected if the refusal of a guard is left as it is', async () => {
    const thrown = new Error('no answer');
    const engine = engineOf({
      fallback: {
        use: () => {
          throw thrown;
        },
        on: (error) => error === down,
      },
      rateLimit: { limit: 1, interval: '1h' },
    });
    engine.listen();
    await expect(engine.run(fail)).rejects.toBe(thrown);
    await expect(engine.run(fail)).rejects.toMatchObject({ code: 'RESILIENCE_RATE_LIMITED' });
    const ends = engine.told.filter(({ type }) => type === 'call.settled');
    expect(ends).toMatchObject([
      { outcome: 'failure', attempts: 1, error: thrown },
      { outcome: 'rejected', attempts: 0 },
    ]);
  });

  it('holds up the application until a slow answer in its place is there', async () => {
    const { run, clock, shutdown } = engineOf({
      fallback: () => new Promise((resolve) => clock.setTimeout(() => resolve('late'), 50)),
    });
    const end = run(fail);
    await clock.advance(49);
    expect(shutdown.callsRunning).toBe(1);
    await clock.advance(1);
    await expect(end).resolves.toBe('late');
    expect(shutdown.callsRunning).toBe(0);
  });

  it('is answered in the async context of its caller', async () => {
    const user = new AsyncLocalStorage<string>();
    const { run, clock } = engineOf({ timeout: 100, fallback: () => user.getStore() });
    const never = () => new Promise(() => undefined);
    const ends = ['ada', 'bob'].map((name) => user.run(name, () => run(never)));
    await clock.advance(100);
    await expect(Promise.all(ends)).resolves.toEqual(['ada', 'bob']);
  });
});
