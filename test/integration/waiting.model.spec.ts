import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BulkheadRegistry } from 'nestjs-breakwater';
import type { PolicyOptions } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';
import type { TestApplication } from '../support/application.js';
import { runs } from '../support/property-runs.js';
import { pending } from '../support/strategy-ways.js';
import { ExactLimit } from '../unit/strategies/exact-limit.js';
import type { LimitNumbers } from '../unit/strategies/exact-limit.js';

type State = 'waiting' | 'running' | 'done' | 'failed' | 'timed out' | 'refused' | 'left';

const KEYS = ['a', 'b'];

const call = fc.record({ do: fc.constant('call' as const), key: fc.constantFrom(...KEYS) });
const settle = fc.record({ do: fc.constant('settle' as const), which: fc.nat(20), fails: fc.boolean() });
const abort = fc.record({ do: fc.constant('abort' as const), which: fc.nat(20) });
const wait = fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 40 }) });

let app: TestApplication;
beforeAll(async () => void (app = await startApplication()));
afterAll(() => app.module.close());

/** One of the calls that stand so, or -1. */
function pick(states: State[], which: number, ...wanted: State[]): number {
  const some = [...states.keys()].filter((id) => wanted.includes(states[id]));
  return some[which % some.length] ?? -1;
}

/** Real calls through the whole pipeline, of which each has a state. */
class RealCalls {
  static names = 0;
  readonly states: State[] = [];
  readonly began: number[] = [];
  readonly name = `model ${++RealCalls.names}`;
  private readonly controllers: AbortController[] = [];
  private readonly work: ReturnType<typeof pending>[] = [];

  constructor(
    private readonly policy: PolicyOptions,
    private readonly isQuick: boolean,
  ) {}

  call(key: string): void {
    const id = this.states.push('waiting') - 1;
    const { signal } = (this.controllers[id] = new AbortController());
    const work = (this.work[id] = pending());
    if (this.isQuick) work.resolve('fine');
    const run = () => {
      this.began.push(id);
      this.states[id] = 'running';
      return work.promise;
    };
    app.service.execute(this.policy, run, { name: this.name, key, signal }).then(
      () => (this.states[id] = 'done'),
      (error: unknown) => (this.states[id] = stateAfter(error)),
    );
  }

  countsOf(key: string) {
    const bulkhead = app.module.get(BulkheadRegistry).get(`${this.name}[${key}]`);
    return { running: bulkhead?.running ?? 0, queued: bulkhead?.queued ?? 0 };
  }

  settle(id: number, fails: boolean): void {
    if (fails) this.work[id]?.reject(new Error('down'));
    else this.work[id]?.resolve('fine');
  }

  abort(id: number): void {
    this.controllers[id]?.abort('bye');
  }
}

function stateAfter(error: unknown): State {
  if (error === 'bye') return 'left';
  const { code } = error as { code?: string };
  if (code === undefined) return 'failed';
  return code === 'RESILIENCE_TIMEOUT' ? 'timed out' : 'refused';
}

interface BulkheadNumbers {
  maxConcurrent: number;
  maxQueue: number;
  maxWait: number;
  timeout: number;
}

/** A bulkhead as two lists; whoever is in one of them leaves it at a certain time at the latest. */
class ListBulkhead {
  private readonly running: { id: number; until: number }[] = [];
  private readonly queue: { id: number; until: number }[] = [];

  constructor(
    private readonly numbers: BulkheadNumbers,
    private readonly states: State[],
    private readonly began: number[],
  ) {}

  get counts(): { running: number; queued: number } {
    return { running: this.running.length, queued: this.queue.length };
  }

  call(id: number, now: number): void {
    const { maxConcurrent, maxQueue, maxWait } = this.numbers;
    if (this.running.length < maxConcurrent) this.begin(id, now);
    else if (this.queue.length < maxQueue) this.queue.push({ id, until: now + maxWait });
    this.states[id] ??= this.queue.some((waiter) => waiter.id === id) ? 'waiting' : 'refused';
  }

  end(id: number, how: State, now: number): void {
    const list = [this.running, this.queue].find((one) => one.some((member) => member.id === id));
    if (!list) return;
    list.splice(
      list.findIndex((member) => member.id === id),
      1,
    );
    this.states[id] = how;
    const next = this.running.length < this.numbers.maxConcurrent ? this.queue.shift() : undefined;
    if (next) this.begin(next.id, now);
  }

  advance(now: number): void {
    for (;;) {
      const due = [...this.running, ...this.queue].filter(({ until }) => until <= now);
      const first = due.sort((a, b) => a.until - b.until)[0];
      if (!first) return;
      this.end(first.id, this.running.includes(first) ? 'timed out' : 'refused', first.until);
    }
  }

  private begin(id: number, now: number): void {
    this.running.push({ id, until: now + this.numbers.timeout });
    this.states[id] = 'running';
    this.began.push(id);
  }
}

describe('through the whole pipeline, with calls of two keys, aborts, ends and waits in any order,', () => {
  const bulkheads = fc.record({
    maxConcurrent: fc.integer({ min: 1, max: 3 }),
    maxQueue: fc.integer({ min: 0, max: 4 }),
    maxWait: fc.integer({ min: 1, max: 60 }),
    // never due at the same moment as the end of a wait, whose order would be a matter of taste
    timeout: fc.integer({ min: 1, max: 90 }).map((ms) => ms + 0.013),
  });
  const steps = fc.array(fc.oneof({ weight: 4, arbitrary: call }, settle, abort, wait), {
    maxLength: 50,
    size: 'max',
  });

  it('a bulkhead does what two lists do', async () => {
    const reached = new Set<State>();
    await fc.assert(
      fc.asyncProperty(bulkheads, steps, async ({ timeout, ...numbers }, sequence) => {
        const real = new RealCalls({ bulkhead: numbers, timeout }, false);
        const states: State[] = [];
        const began: number[] = [];
        const models = KEYS.map(() => new ListBulkhead({ ...numbers, timeout }, states, began));
        const keyOf: string[] = [];
        const modelOf = (id: number) => models[KEYS.indexOf(keyOf[id] ?? '')];
        for (const step of sequence) {
          const now = app.clock.now();
          if (step.do === 'call') {
            const id = keyOf.push(step.key) - 1;
            real.call(step.key);
            modelOf(id)?.call(id, now);
          } else if (step.do === 'settle') {
            const id = pick(states, step.which, 'running');
            real.settle(id, step.fails);
            modelOf(id)?.end(id, step.fails ? 'failed' : 'done', now);
          } else if (step.do === 'abort') {
            const id = pick(states, step.which, 'waiting', 'running');
            real.abort(id);
            modelOf(id)?.end(id, 'left', now);
          }
          const ms = step.do === 'wait' ? step.ms : 0;
          await app.clock.advance(ms);
          for (const model of models) model.advance(app.clock.now());
          const ofKey = (ids: number[], key: string) => ids.filter((id) => keyOf[id] === key);
          expect([real.states, ...KEYS.map((key) => [ofKey(real.began, key), real.countsOf(key)])]).toEqual([
            states,
            ...KEYS.map((key, index) => [ofKey(began, key), models[index]?.counts]),
          ]);
        }
        for (const state of states) reached.add(state);
        await app.clock.advance(1000);
      }),
      runs(40),
    );
    expect([...reached].sort()).toEqual(
      ['done', 'failed', 'left', 'refused', 'running', 'timed out', 'waiting'].sort(),
    );
  }, 30_000);

  const limits = fc.record({
    limit: fc.integer({ min: 1, max: 7 }),
    interval: fc.integer({ min: 1, max: 50 }),
    burst: fc.integer({ min: 1, max: 4 }),
    maxWait: fc.integer({ min: 0, max: 60 }),
  });
  const moves = fc.array(
    fc.oneof({ weight: 5, arbitrary: call }, { weight: 2, arbitrary: abort }, { weight: 3, arbitrary: wait }),
    { maxLength: 50, size: 'max' },
  );

  it('a rate limit does what exact arithmetic says', async () => {
    const reached = new Set<State>();
    await fc.assert(
      fc.asyncProperty(limits, moves, async (numbers: LimitNumbers, sequence) => {
        const real = new RealCalls({ rateLimit: numbers }, true);
        const start = app.clock.now();
        const now = () => app.clock.now() - start;
        const states: State[] = [];
        const keyOf: string[] = [];
        const models = KEYS.map(() => new ExactLimit(numbers));
        const modelOf = (id: number) => models[KEYS.indexOf(keyOf[id] ?? '')];
        for (const step of sequence) {
          if (step.do === 'call') {
            const id = keyOf.push(step.key) - 1;
            real.call(step.key);
            const how = modelOf(id)?.call(id, now());
            states[id] = how === 'admitted' ? 'done' : how === 'queued' ? 'waiting' : 'refused';
          } else if (step.do === 'abort') {
            const id = pick(states, step.which, 'waiting');
            real.abort(id);
            modelOf(id)?.leave(id);
            if (id >= 0) states[id] = 'left';
          }
          await app.clock.advance(step.do === 'wait' ? step.ms : 0);
          for (const model of models) {
            model.advance(now());
            for (const id of model.admitted.splice(0)) states[id] = 'done';
          }
          expect(real.states).toEqual(states);
        }
        for (const state of states) reached.add(state);
        await app.clock.advance(1000);
      }),
      runs(40),
    );
    expect([...reached].sort()).toEqual(['done', 'left', 'refused', 'waiting']);
  }, 30_000);
});
