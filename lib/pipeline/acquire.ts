import { MUST_WAIT } from '../strategies/guard.js';
import type { Guard, GuardFamily } from '../strategies/guard.js';
import type { Execution } from './execution.js';
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

function guardOf(family: GuardFamily, args: readonly unknown[], key: string | undefined): Guard {
  const isKeyed = key !== undefined && family.isFoundByArguments !== true;
  return isKeyed ? family.forKey(key) : family.forCall(args);
}

/** Permission to run, or the outcome of an attempt that may not. */
export type Admission = Permit | Outcome;

/** Asks for the permits of all attempts of one call. */
export class Admissions {
  constructor(
    private readonly execution: Execution,
    private readonly guards: readonly GuardFamily[],
    private readonly parts: PipelineParts,
    private readonly target: InterruptTarget,
  ) {}

  /** Asks for permission; the answer is a promise only where a guard makes the attempt wait. */
  ask(): Admission | Promise<Admission> {
    const { operation } = this.execution;
    const { acquired } = operation;
    if (acquired && this.execution.attempt === 1) return this.begin(acquired);
    try {
      return this.answer(acquire(this.guards, operation.args, operation.key));
    } catch (error) {
      return { kind: 'failed', error };
    }
  }

  /**
   * Waits for the turn that a guard has promised, then asks the guards behind it. Circuits are asked again at the end:
   * they may have opened meanwhile.
   */
  async waitFor(first: Wait): Promise<Admission> {
    const { guards, execution } = this;
    const askedAgain: Guard[] = [];
    for (let wait = first; ;) {
      const earlier = wait.held?.splitForWait();
      askedAgain.push(...(earlier?.askedAgain ?? []));
      const held = earlier?.kept;
      const end = await waitInQueue({ execution, target: this.target, deps: this.parts.deps }, wait.guard);
      if (end !== 'turn') return this.giveUp(wait.guard, held, end);
      try {
        const { args, key } = execution.operation;
        const permit = newPermit(wait.guard, 0, held);
        const next = acquireFrom(guards, args, key, { index: wait.index, permit });
        if (!(next instanceof Wait))
          return this.answer(next instanceof Permit ? renew(next, askedAgain) : next);
        wait = next;
      } catch (error) {
        return { kind: 'failed', error };
      }
    }
  }

  private giveUp(guard: Guard, held: Permit | undefined, end: Exclude<EndOfWait, 'turn'>): Outcome {
    // a call that runs out of time in a queue says nothing of the upstream
    held?.cancel();
    if (end === 'refused') return this.refused(guard);
    notifyInterruptedWait(this.execution, this.parts, end);
    return { kind: 'interrupted', error: this.execution.errorOf(end), by: end.by };
  }

  private refused(guard: Guard): Outcome {
    return { kind: 'refused', error: refuse(guard, this.execution.lastError, this.parts.figures) };
  }

  private answer(asked: Permit | Refusal | Wait): Admission | Promise<Admission> {
    if (asked instanceof Permit) return this.begin(asked);
    if (asked instanceof Wait) return this.waitFor(asked);
    return this.refused(asked.guard);
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
