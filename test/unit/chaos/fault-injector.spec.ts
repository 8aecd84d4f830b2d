import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ResilienceEvent } from 'nestjs-breakwater';
import { isInjected } from 'nestjs-breakwater/chaos';
import { FaultInjector } from '../../../lib/chaos/fault-injector.js';
import { Attempt } from '../../../lib/pipeline/attempt-context.js';
import { Problems } from '../../../lib/policy/problems.js';
import { faultsRule } from '../../../lib/strategies/chaos/check-faults.js';
import type { Fault } from '../../../lib/strategies/chaos/fault.js';
import { stateOf } from '../../support/application.js';
import { services } from '../../support/pipeline.js';
import { runs } from '../../support/property-runs.js';
import { seeded } from '../../support/seeded.js';

const call = { name: 'payments' };
const attemptNumber = (number: number) =>
  new Attempt({ idempotencyKey: 'key', lastError: undefined }, number, Infinity);

/** The injector of these faults, with chance from a list, or from a seed. */
function injectorOf(faults: readonly Fault[], { draws, seed = 1 }: { draws?: number[]; seed?: number } = {}) {
  const problems = new Problems();
  const checked = faultsRule.check(faults, 'faults', problems) ?? [];
  problems.throwIfAny();
  const chance = seeded(seed);
  const { clock, events } = services();
  const told: ResilienceEvent[] = [];
  events.asObservable().subscribe((event) => told.push(event));
  const host = { clock, events, isClosing: false, random: () => draws?.shift() ?? chance() };
  let isOver = false;
  const injector = new FaultInjector(checked, host, () => isOver);
  return { injector, clock, told, host, end: () => (isOver = true) };
}

describe('the faults of a list', () => {
  it('are asked in their order, each with a draw of its own, and the first that draws the attempt wins', () => {
    const faults: Fault[] = [
      { kind: 'error', error: 'ECONNRESET', rate: 0.3 },
      { kind: 'hang', rate: 0.3 },
    ];
    const draws = [0.9, 0.2, 0.1, 0.9, 0.9];
    const { injector } = injectorOf(faults, { draws });
    expect(injector.intercept()).toMatchObject({ fault: { kind: 'hang' } });
    expect(injector.intercept()).toMatchObject({ fault: { kind: 'error' } });
    expect(injector.intercept()).toBeUndefined();
    expect(draws).toEqual([]);
  });

  it('meet no attempt at a rate of 0, every one at a rate of 1, and without a rate', () => {
    const often = (fault: Fault) => {
      const { injector } = injectorOf([fault]);
      return Array.from({ length: 100 }, () => injector.intercept()).filter((one) => one).length;
    };
    expect(often({ kind: 'hang', rate: 0 })).toBe(0);
    expect(often({ kind: 'hang', rate: 1 })).toBe(100);
    expect(often({ kind: 'hang' })).toBe(100);
  });

  it('meet the share of attempts that they say, and the same ones with the same seed', () => {
    const shares = (rates: readonly number[], seed: number) => {
      const faults = rates.map((rate): Fault => ({ kind: 'latency', delay: 1, rate }));
      const { injector } = injectorOf(faults, { seed });
      const met = Array.from({ length: 2000 }, () => injector.intercept());
      const indexOf = (one: object) =>
        faults.findIndex(({ rate }) => rate === (one as { fault: Fault }).fault.rate);
      return rates.map((_, index) => met.filter((one) => one && indexOf(one) === index).length / 2000);
    };
    fc.assert(
      fc.property(
        fc.constantFrom([0.1, 0.25], [0.5, 0.4], [0.05, 0.9]),
        fc.integer({ min: 1 }),
        ([a, b], seed) => {
          const [first, second] = shares([a, b], seed);
          expect(Math.abs(first - a)).toBeLessThan(0.06);
          // the second one only gets what the first one has left
          expect(Math.abs(second - (1 - a) * b)).toBeLessThan(0.06);
          expect(shares([a, b], seed)).toEqual([first, second]);
        },
      ),
      runs(50),
    );
  });

  it('end when they are stopped, and when the application begins to close', () => {
    const { injector, end, host } = injectorOf([{ kind: 'hang' }]);
    expect(injector.intercept()).toBeDefined();
    host.isClosing = true;
    expect(injector.intercept()).toBeUndefined();
    host.isClosing = false;
    end();
    expect(injector.intercept()).toBeUndefined();
  });
});

describe('an injected fault', () => {
  it('tells the listeners its kind and the attempt', async () => {
    const { injector, told } = injectorOf([{ kind: 'result', result: () => 'made up' }]);
    await expect(injector.intercept()?.run(attemptNumber(3), { ...call, key: 'tenant-1' })).resolves.toEqual({
      value: 'made up',
    });
    expect(told).toMatchObject([
      { type: 'chaos.injected', name: 'payments', key: 'tenant-1', kind: 'result', attempt: 3 },
    ]);
  });

  it('that is an error is the one of its code, its status or its function', async () => {
    const errorOf = async (error: Extract<Fault, { kind: 'error' }>['error']) => {
      const answer = await injectorOf([{ kind: 'error', error }])
        .injector.intercept()
        ?.run(attemptNumber(1), call);
      expect(isInjected((answer as { error: unknown }).error)).toBe(true);
      return answer;
    };
    expect(await errorOf('ECONNRESET')).toMatchObject({ error: { code: 'ECONNRESET', syscall: 'read' } });
    expect(await errorOf(429)).toMatchObject({ error: { status: 429 }, http: { status: 429, headers: {} } });
    const headers = { 'Retry-After': 7 };
    const answer = { status: 503, headers: { 'retry-after': '7' } };
    expect(await errorOf({ status: 503, headers })).toMatchObject({ error: answer, http: answer });
    expect(await errorOf(() => new RangeError('mine'))).toMatchObject({ error: { message: 'mine' } });
    const throwing = () => {
      throw new RangeError('thrown');
    };
    expect(await errorOf(throwing)).toMatchObject({ error: { message: 'thrown' } });
    const later = () => Promise.reject(new RangeError('later'));
    expect(await errorOf(later)).toMatchObject({ error: { message: 'later' } });
  });

  it.each<[how: string, result: () => unknown]>([
    [
      'throws',
      () => {
        throw new RangeError('no value');
      },
    ],
    ['rejects', () => Promise.reject(new RangeError('no value'))],
  ])('that is a result whose function %s is an injected error', async (_, result) => {
    const interception = injectorOf([{ kind: 'result', result }]).injector.intercept();
    const answer = await interception?.run(attemptNumber(1), call);
    expect(answer).toMatchObject({ error: { message: 'no value' } });
    expect(isInjected((answer as { error: unknown }).error)).toBe(true);
  });

  it('waits for its latency by the clock of the application, and lets the body run', async () => {
    const { injector, clock } = injectorOf([{ kind: 'latency', delay: '2s' }]);
    const wait = injector.intercept()?.run(attemptNumber(1), call) as Promise<unknown>;
    await clock.advance(1999);
    expect(await stateOf(wait)).toBe('pending');
    await clock.advance(1);
    await expect(wait).resolves.toBeUndefined();
  });

  it('draws a latency from its range', async () => {
    const { injector, clock } = injectorOf([{ kind: 'latency', delay: ['100ms', '300ms'] }], {
      draws: [0, 0.25],
    });
    const wait = injector.intercept()?.run(attemptNumber(1), call) as Promise<unknown>;
    await clock.advance(149);
    expect(await stateOf(wait)).toBe('pending');
    await clock.advance(1);
    expect(await stateOf(wait)).toBe('fulfilled');
  });

  it.each<Fault>([{ kind: 'latency', delay: '1m' }, { kind: 'hang' }])(
    '%j ends with its attempt',
    async (fault) => {
      const { injector, clock } = injectorOf([fault]);
      const attempt = attemptNumber(1);
      const wait = injector.intercept()?.run(attempt, call) as Promise<unknown>;
      expect(clock.pending).toBe(fault.kind === 'hang' ? 0 : 1);
      attempt.abort(new Error('given up'));
      await expect(wait).rejects.toThrow('given up');
      expect(clock.pending).toBe(0);
    },
  );

  it('ends at once in an attempt that is over', async () => {
    const { injector } = injectorOf([{ kind: 'hang' }]);
    const attempt = attemptNumber(1);
    attempt.abort(new Error('over'));
    await expect(injector.intercept()?.run(attempt, call)).rejects.toThrow('over');
  });
});
