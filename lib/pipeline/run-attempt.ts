import { TimeoutException } from '../exceptions/rejection.exceptions.js';
import type { Circuit } from '../strategies/circuit-breaker/circuit.js';
import type { CircuitFamily } from '../strategies/circuit-breaker/circuit-family.js';
import { REFUSED } from '../strategies/circuit-breaker/circuit-state.js';
import { announceTimeout } from './announce.js';
import { Attempt } from './attempt.js';
import type { Call } from './call.js';
import type { Interruption, Outcome } from './outcome.js';
import type { PipelineParts } from './pipeline-parts.js';

/** Runs the next attempt of a call through its guards; never rejects. */
export function runAttempt(call: Call, parts: PipelineParts): Outcome | Promise<Outcome> {
  if (call.interruption) return interrupted(call.interruption);
  call.attempt++;
  const { circuits } = parts;
  if (!circuits) return race(call, parts, undefined);
  const circuit = (call.circuit = circuitOf(call, parts));
  const permit = circuit.admit();
  if (permit === REFUSED) return { kind: 'refused', error: circuit.refuse(call.lastError) };
  const startedAt = circuit.plan.slowFrom === Infinity ? 0 : parts.tools.clock.now();
  return race(call, parts, { circuit, permit, startedAt });
}

/** What a circuit has given, to be handed back with the outcome. */
interface Permit {
  readonly circuit: Circuit;
  readonly permit: number;
  readonly startedAt: number;
}

/** What an attempt holds now; nothing once it is over. */
interface PermitHolder {
  permit: Permit | undefined;
}

function circuitOf({ task }: Call, { circuits }: PipelineParts): Circuit {
  const family = circuits as NonNullable<PipelineParts['circuits']>;
  return task.key === undefined ? family.forCall(task.args ?? []) : family.forKey(task.key);
}

function interrupted({ error }: Interruption): Outcome {
  return { kind: 'interrupted', error };
}

/** The method against its time limit and against everything that can end the call: the first one counts. */
function race(call: Call, parts: PipelineParts, admitted: Permit | undefined): Promise<Outcome> {
  const holder: PermitHolder = { permit: admitted };
  const limit = parts.timeout?.attempt;
  const now = limit === undefined ? 0 : parts.tools.clock.now();
  const attempt = new Attempt(call, Math.min(call.deadline, limit === undefined ? Infinity : now + limit));
  if (admitted) attempt.moveTo = (key) => move(call, parts, holder, key);
  return new Promise((resolve) => {
    const finish = (outcome: Outcome, settle: (permit: Permit) => void) => {
      if (call.onInterrupt !== onInterrupt) return;
      call.onInterrupt = undefined;
      deadline?.queue.remove(deadline);
      if (holder.permit) settle(holder.permit);
      holder.permit = undefined;
      resolve(outcome);
    };
    const onInterrupt = (interruption: Interruption) => {
      finish(interrupted(interruption), (held) => settleInterrupted(held, interruption));
      attempt.abort(interruption.error);
    };
    const fail = (error: unknown) =>
      finish({ kind: 'failed', error }, (held) => held.circuit.fail(held.permit, error, held.startedAt));
    const onDeadline = () => {
      const error = timedOut(call, parts);
      fail(error);
      attempt.abort(error);
    };
    call.onInterrupt = onInterrupt;
    const deadline = limit === undefined ? undefined : parts.tools.deadlines.of(limit).add(onDeadline, now);
    start(call, attempt).then(
      (value) =>
        finish({ kind: 'value', value }, (held) => held.circuit.succeed(held.permit, held.startedAt)),
      fail,
    );
  });
}

/** Goes on with the circuit of a further origin, whose refusal ends the attempt; without effect once that is over. */
function move(call: Call, parts: PipelineParts, holder: PermitHolder, key: string): void {
  const { permit: before } = holder;
  if (!before) return;
  holder.permit = undefined;
  before.circuit.succeed(before.permit, before.startedAt);
  const circuit = (call.circuit = (parts.circuits as CircuitFamily).forKey(key));
  const permit = circuit.admit();
  if (permit === REFUSED) throw circuit.refuse(call.lastError);
  const startedAt = circuit.plan.slowFrom === Infinity ? 0 : parts.tools.clock.now();
  holder.permit = { circuit, permit, startedAt };
}

/** A caller who leaves says nothing of the upstream; a call that ran out of time does. */
function settleInterrupted({ circuit, permit, startedAt }: Permit, { by, error }: Interruption): void {
  if (by === 'timeout') circuit.fail(permit, error, startedAt);
  else circuit.release(permit);
}

function timedOut(call: Call, parts: PipelineParts): TimeoutException {
  const timeout = parts.timeout?.attempt as number;
  announceTimeout(parts, { scope: 'attempt', timeout, attempt: call.attempt });
  return new TimeoutException({ scope: 'attempt', timeout, name: parts.name, cause: call.lastError });
}

/** A method that throws before it returns its promise has failed like any other. */
function start(call: Call, attempt: Attempt): Promise<unknown> {
  try {
    return Promise.resolve(call.task.run(attempt));
  } catch (error) {
    return Promise.reject(error);
  }
}
