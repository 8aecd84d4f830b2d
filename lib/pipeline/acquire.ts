import { MUST_WAIT } from '../strategies/guard.js';
import type { Guard, GuardFamily } from '../strategies/guard.js';
import { due, dueAt } from './destinations.js';
import type { Destination, Destinations } from './destinations.js';
import type { Execution } from './execution.js';
import { decisive } from './guards/destination-guards.js';
import { guardOf } from './guards/guard-of.js';
import { NO_PERMIT, Permit } from './guards/permit.js';
import { refuse } from './guards/refuse.js';
import { newPermit } from './guards/slot-permit.js';
import { waitInQueue } from './guards/wait-in-queue.js';
import type { EndOfWait } from './guards/wait-in-queue.js';
import { notifyInterruptedWait } from './notify.js';
import type { InterruptTarget, Outcome } from './outcome.js';
import type { PipelineParts } from './pipeline-parts.js';

/** The refusal of a guard: the body must not run. */
export class Refusal {
  constructor(readonly guard: Guard) {}
}

/** A guard's answer that the attempt has to wait for its turn. */
export class Wait {
  constructor(
    readonly guard: Guard,
    /** Which of the pipeline's guards it is. */
    readonly index: number,
    /** The permits of the guards before it. */
    readonly held: Permit | undefined,
  ) {}
}

/**
 * Asks the guards of a pipeline in their order: the one place where permits are acquired. The fast path and
 * the retry loop both ask here.
 *
 * @throws the error of a user's `key` function; no permit is held then
 */
export function acquire(
  guards: readonly GuardFamily[],
  args: readonly unknown[],
  key?: string,
): Permit | Refusal | Wait {
  return guards.length === 0 ? NO_PERMIT : acquireFrom(guards, args, key, undefined);
}

/** Asks the guards from `after.index + 1` on; the call holds the permits of those before. */
function acquireFrom(
  guards: readonly GuardFamily[],
  args: readonly unknown[],
  key: string | undefined,
  after: { readonly index: number; readonly permit: Permit } | undefined,
): Permit | Refusal | Wait {
  const index = after === undefined ? 0 : after.index + 1;
  let permit = after?.permit;
  try {
    for (let at = index; at < guards.length; at++) {
      const family = guards[at];
      const guard = guardOf(family, args, key);
      const number = guard.acquire();
      if (number >= 0) permit = newPermit(guard, number, permit);
      else if (number === MUST_WAIT) return new Wait(guard, at, permit);
      else {
        permit?.cancel();
        return new Refusal(guard);
      }
    }
  } catch (error) {
    permit?.cancel();
    throw error;
  }
  return permit ?? NO_PERMIT;
}

/** Permission to run, or the outcome of an attempt that may not. */
export type Admission = Permit | Outcome;

/** The place whose guards are asked: that of the call, or one of its destinations. */
interface Place extends Pick<Destination, 'args'> {
  readonly key?: string | undefined;
  /** True if a failover leads there. */
  readonly isFailover?: boolean | undefined;
}

/** Asks for the permits of all attempts of one call. */
export class Admissions {
  constructor(
    private readonly execution: Execution,
    private readonly guards: readonly GuardFamily[],
    private readonly parts: PipelineParts,
    private readonly target: InterruptTarget,
  ) {}

  /** Asks for permission for an attempt; the answer is a promise only where a guard or a choice makes the attempt wait. */
  ask(attempt: number): Admission | Promise<Admission> {
    const { operation } = this.execution;
    const { acquired, destinations } = operation;
    if (destinations) return this.askInTurn(destinations, attempt, false);
    if (acquired && this.execution.attempt === 1) return this.begin(acquired);
    const answer = this.askAt(operation);
    return answer instanceof Promise ? answer.then((last) => this.conclude(last)) : this.conclude(answer);
  }

  /** Waits for the turn that a guard has promised to a first attempt, and asks on. */
  async waitFor(first: Wait): Promise<Admission> {
    return this.conclude(await this.waitInTurn(first, this.execution.operation));
  }

  /**
   * Asks the guards of one destination after the other, and takes the first that lets the attempt through. A failover, which
   * happens at once, leaves those alone that have asked for it: the retry behind it waits for them.
   */
  async askInTurn(destinations: Destinations, attempt: number, isFailover: boolean): Promise<Admission> {
    const { execution } = this;
    const refusers: Guard[] = [];
    const ranked = destinations.ranked(isFailover);
    const now = this.parts.deps.clock.now();
    for (const destination of isFailover ? due(ranked, now) : dueAt(ranked, now)) {
      const asked = this.askAt({ args: destination.args, key: destination.key, isFailover });
      const answer = asked instanceof Promise ? await asked : asked;
      if (answer instanceof Permit) destinations.choose(destination, attempt, isFailover);
      if (!(answer instanceof Refusal)) return answer;
      destinations.passOver(destination);
      refusers.push(answer.guard);
    }
    // no attempt was made
    if (execution.attempt === attempt) execution.attempt--;
    const { lastError: error } = execution;
    const refuser = destinations.isUnreached(error) ? undefined : decisive(refusers);
    return refuser ? this.refused(refuser) : { kind: 'failed', error };
  }

  /** Asks the guards of a place. */
  private askAt(place: Place): Permit | Refusal | Outcome | Promise<Permit | Refusal | Outcome> {
    try {
      const asked = acquire(this.guards, place.args, place.key);
      if (asked instanceof Wait) return this.waitInTurn(asked, place);
      return asked instanceof Permit ? this.begin(asked) : asked;
    } catch (error) {
      return { kind: 'failed', error };
    }
  }

  /**
   * Waits for the turn that a guard has promised, then asks the guards behind it. Circuits are asked again at the end:
   * they may have opened meanwhile.
   */
  private async waitInTurn(
    first: Wait,
    { args, key, isFailover }: Place,
  ): Promise<Permit | Refusal | Outcome> {
    const { guards } = this;
    const call = { execution: this.execution, target: this.target, deps: this.parts.deps, isFailover };
    const askedAgain: Guard[] = [];
    for (let wait = first; ;) {
      const earlier = wait.held?.splitForWait();
      askedAgain.push(...(earlier?.askedAgain ?? []));
      const held = earlier?.kept;
      const end = await waitInQueue(call, wait.guard);
      if (end !== 'turn') return this.giveUp(wait.guard, held, end, isFailover);
      try {
        const permit = newPermit(wait.guard, 0, held);
        const next = acquireFrom(guards, args, key, { index: wait.index, permit });
        if (next instanceof Refusal) return next;
        if (next instanceof Permit) {
          const renewed = renew(next, askedAgain);
          return renewed instanceof Permit ? this.begin(renewed) : renewed;
        }
        wait = next;
      } catch (error) {
        return { kind: 'failed', error };
      }
    }
  }

  private giveUp(
    guard: Guard,
    held: Permit | undefined,
    end: Exclude<EndOfWait, 'turn'>,
    isFailover: boolean | undefined,
  ): Refusal | Outcome {
    // a call that runs out of time in a queue says nothing of the upstream
    held?.cancel();
    if (end === 'refused') return new Refusal(guard);
    notifyInterruptedWait(this.execution, this.parts, end, isFailover);
    return { kind: 'interrupted', error: this.execution.errorOf(end), by: end.by };
  }

  private conclude(answer: Permit | Refusal | Outcome): Admission {
    return answer instanceof Refusal ? this.refused(answer.guard) : answer;
  }

  private refused(guard: Guard): Outcome {
    return { kind: 'refused', error: refuse(guard, this.execution.lastError, this.parts.figures) };
  }

  private begin(permit: Permit): Permit {
    // not while it waited
    if (permit.isTimed) permit.beginAt(this.parts.deps.clock.now());
    this.execution.permit = permit;
    return permit;
  }
}

/** Asks those guards again whose permits went back before a wait. */
function renew(permit: Permit, guards: readonly Guard[]): Permit | Refusal {
  let renewed = permit;
  for (const guard of guards) {
    const number = guard.acquire();
    if (number < 0) {
      renewed.cancel();
      return new Refusal(guard);
    }
    renewed = new Permit(guard, number, renewed);
  }
  return renewed;
}
