import { describe, expect, it } from '@jest/globals';
import { NO_PERMIT, Permit } from '../../../../lib/pipeline/guards/permit.js';
import { Guard } from '../../../../lib/strategies/guard.js';
import { KeyedState } from '../../../../lib/strategies/keyed-state.js';
import { Circuit } from '../../../../lib/strategies/circuit-breaker/circuit.js';
import type { CircuitFamily } from '../../../../lib/strategies/circuit-breaker/circuit-breaker-registry.js';
import { ManualClock } from '../../../../lib/testing/index.js';
import { circuitConfig } from '../../../support/circuit.js';
import { engineOf } from '../../../support/pipeline.js';

/** A guard that writes down what it hears, as `name:what(permit)`. */
class Clerk extends Guard {
  readonly strategy = 'bulkhead';
  constructor(
    readonly name: string,
    private readonly book: string[],
    private readonly traits: {
      timed?: boolean;
      askedAgain?: boolean;
      takesAnswers?: boolean;
      refusesUntil?: number;
    } = {},
  ) {
    super();
  }

  override get isTimed(): boolean {
    return this.traits.timed === true;
  }

  override get isAskedAgain(): boolean {
    return this.traits.askedAgain === true;
  }

  acquire(): number {
    return 0;
  }

  refuse(): Error {
    return new Error(this.name);
  }

  override succeed(permit: number, startedAt: number): void {
    this.note(`succeed(${permit}) since ${startedAt}`);
  }

  override fail(permit: number, error: unknown, startedAt: number): void {
    this.note(`fail(${permit}) since ${startedAt}: ${(error as Error).message}`);
  }

  override release(permit: number): void {
    this.note(`release(${permit})`);
  }

  override cancel(permit: number): void {
    this.note(`cancel(${permit})`);
  }

  override answer(permit: number, startedAt: number): boolean {
    this.note(`answer(${permit}) since ${startedAt}`);
    return this.traits.takesAnswers === true;
  }

  override willRefuseAfter(delay: number): boolean {
    return delay < (this.traits.refusesUntil ?? 0);
  }

  private note(what: string): void {
    this.book.push(`${this.name}:${what}`);
  }
}

/** The permit of three guards, of which the second takes the first value of a stream as the outcome. */
function permitOfThree() {
  const book: string[] = [];
  const first = new Clerk('first', book, { refusesUntil: 100 });
  const second = new Clerk('second', book, { timed: true, takesAnswers: true, refusesUntil: 50 });
  const third = new Clerk('third', book);
  const permit = new Permit(third, 3, new Permit(second, 2, new Permit(first, 1, undefined)));
  return { book, first, second, third, permit };
}

const down = new Error('down');

describe('a permit', () => {
  it('tells every guard of a success, with the number that each has issued', () => {
    const { book, permit } = permitOfThree();
    permit.beginAt(70);
    permit.succeed();
    expect(book).toEqual([
      'third:succeed(3) since 70',
      'second:succeed(2) since 70',
      'first:succeed(1) since 70',
    ]);
  });

  it('tells every guard of a failure', () => {
    const { book, permit } = permitOfThree();
    permit.fail(down);
    expect(book).toEqual([
      'third:fail(3) since 0: down',
      'second:fail(2) since 0: down',
      'first:fail(1) since 0: down',
    ]);
  });

  it('tells an attempt that says nothing of the upstream from one that did not run', () => {
    const { book, permit } = permitOfThree();
    permit.release();
    permit.cancel();
    expect(book).toEqual([
      'third:release(3)',
      'second:release(2)',
      'first:release(1)',
      'third:cancel(3)',
      'second:cancel(2)',
      'first:cancel(1)',
    ]);
  });

  it('is timed if one of its guards wants to know how long attempts take', () => {
    const { permit, first } = permitOfThree();
    expect([permit.isTimed, new Permit(first, 1, undefined).isTimed]).toEqual([true, false]);
  });

  it('goes back uncounted to a guard that has counted the first value of a stream', () => {
    const { book, permit } = permitOfThree();
    permit.answer();
    expect(book.splice(0)).toEqual([
      'third:answer(3) since 0',
      'second:answer(2) since 0',
      'first:answer(1) since 0',
    ]);
    permit.succeed();
    expect(book).toEqual(['third:succeed(3) since 0', 'second:release(2)', 'first:succeed(1) since 0']);
  });

  it('counts a failure where time has run out, and nothing where the caller, the consumer or the application leaves', () => {
    const { book, permit } = permitOfThree();
    expect(permit.interrupt('timeout', down)).toEqual({ kind: 'interrupted', error: down, by: 'timeout' });
    expect(book.splice(0)).toContain('first:fail(1) since 0: down');
    for (const by of ['caller', 'shutdown', 'unsubscribe', 'lost'] as const)
      expect(permit.interrupt(by, down)).toEqual({ kind: 'interrupted', error: down, by });
    expect(book.every((line) => line.includes('release'))).toBe(true);
  });

  it('names the guard that will refuse a later attempt, the innermost first', () => {
    const { permit, first, second } = permitOfThree();
    expect([49, 50, 99, 100].map((delay) => permit.refuserAfter(delay))).toEqual([
      second,
      first,
      first,
      undefined,
    ]);
  });

  it('is nothing to tell where no guard stands before the attempts', () => {
    NO_PERMIT.succeed();
    NO_PERMIT.fail(down);
    NO_PERMIT.answer();
    NO_PERMIT.cancel();
    expect([NO_PERMIT.isTimed, NO_PERMIT.refuserAfter(0)]).toEqual([false, undefined]);
    expect(NO_PERMIT.splitForWait()).toEqual({ kept: undefined, askedAgain: [] });
  });
});

describe('the permit of an attempt that has to wait', () => {
  it('keeps what it holds of most guards, and hands that of the others back', () => {
    const book: string[] = [];
    const outer = new Clerk('outer', book, { askedAgain: true });
    const kept = new Clerk('kept', book);
    const inner = new Clerk('inner', book, { askedAgain: true });
    const permit = new Permit(inner, 3, new Permit(kept, 2, new Permit(outer, 1, undefined)));
    const waiting = permit.splitForWait();
    expect(waiting.askedAgain).toEqual([outer, inner]);
    expect(book.splice(0)).toEqual(['outer:cancel(1)', 'inner:cancel(3)']);
    waiting.kept?.succeed();
    expect(book).toEqual(['kept:succeed(2) since 0']);
  });
});

describe('the permit of an attempt that goes on elsewhere', () => {
  const clock = new ManualClock();

  /** Circuits that open with the first failure, one for each origin. */
  function circuits(slow: object = {}): CircuitFamily {
    const options = { failureThreshold: 1, recoveryTimeout: 1000, ...slow };
    const plan = circuitConfig(options, { clock });
    return new KeyedState(plan, (shared, key) => new Circuit(shared, key), true);
  }

  it('ends its part at the one circuit with success and counts at the other from then on', () => {
    const family = circuits();
    const [here, there] = ['here', 'there'].map((key) => family.forKey(key));
    const permit = new Permit(here, here.acquire(), undefined);
    permit.moveTo(family, 'there', { clock, lastError: undefined });
    permit.fail(down);
    expect([here.state, there.state]).toEqual(['closed', 'open']);
  });

  it('ends with the refusal of the other circuit, and with a success at the one that it has left', () => {
    const family = circuits();
    const [here, there] = ['here', 'there'].map((key) => family.forKey(key));
    there.forceOpen();
    const permit = new Permit(here, here.acquire(), undefined);
    const move = () => permit.moveTo(family, 'there', { clock, lastError: down });
    expect(move).toThrow(expect.objectContaining({ code: 'RESILIENCE_CIRCUIT_OPEN', cause: down }));
    permit.fail(down);
    expect([here.state, there.metrics.rejected]).toEqual(['closed', 1]);
  });

  it('begins anew to be slow', async () => {
    const family = circuits({ slowCallRate: 1, slowCallDuration: 10, window: { calls: 1 } });
    const [here, there] = ['here', 'there'].map((key) => family.forKey(key));
    const permit = new Permit(here, here.acquire(), undefined);
    permit.beginAt(clock.now());
    await clock.advance(9);
    permit.moveTo(family, 'there', { clock, lastError: undefined });
    await clock.advance(9);
    permit.succeed();
    expect([here.state, there.state]).toEqual(['closed', 'closed']);
  });

  it('finds its circuit behind the other guards, which keep what they have given', () => {
    const { pipeline } = engineOf({ bulkhead: { maxConcurrent: 1 } });
    const bulkhead = pipeline.guards[0].forCall([]);
    const family = circuits();
    const here = family.forKey('here');
    const permit = new Permit(bulkhead, bulkhead.acquire(), new Permit(here, here.acquire(), undefined));
    permit.moveTo(family, 'there', { clock, lastError: undefined });
    permit.fail(down);
    expect([here.state, family.forKey('there').state]).toEqual(['closed', 'open']);
    expect(bulkhead.acquire()).toBe(0);
  });

  it('goes on as before where no circuit stands before the attempts', () => {
    NO_PERMIT.moveTo(circuits(), 'there', { clock, lastError: undefined });
    expect(NO_PERMIT.guard).toBeUndefined();
  });
});
