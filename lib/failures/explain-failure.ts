import { isPlainError, tryOrUndefined } from '../policy/error-chain.js';
import { ownShouldRetry, parseShouldRetry } from '../policy/should-retry.js';
import { controlFlowOf, isNamedAsOrder } from './domains/control-flow.js';
import { TIERS } from './failure-domain.js';
import { innerErrors, membersOf } from './inner-errors.js';
import { isTelling, Look } from './look.js';
import { CIRCUIT_OF, KIND_OF } from './meaning.js';
import type { CircuitMeaning, FailureKind } from './meaning.js';
import { isKnownMessage, ruleFor, ruleForCode } from './rule-index.js';
import type { Rule } from './rule-index.js';
import { codeOfSystem } from './system-error.js';

/** Meaning of a failure, and the rule that has decided. @public */
export interface FailureExplanation {
  /** Does it pass by itself? */
  readonly kind: FailureKind;
  /** Meaning for a circuit breaker. */
  readonly circuit: CircuitMeaning;
  /** Name of the rule that has decided: `sql/23505`, `http/404`, `node/ECONNREFUSED`, `unknown`; at most 200 characters. */
  readonly rule: string;
}

/** A verdict on one error and what is inside it. */
interface Verdict extends FailureExplanation {
  /** True if more than a name or a message has decided. */
  readonly isCoded: boolean;
  readonly tier: number;
}

const UNKNOWN: FailureExplanation = { kind: 'unknown', circuit: 'failure', rule: 'unknown' };
const NO_VERDICT: Verdict = { ...UNKNOWN, isCoded: false, tier: TIERS.length };

const MAX_DEPTH = 100;
/** Into so many `AggregateError`s it looks, and into each one once: an error may hold itself. */
const MOST_AGGREGATES = 1000;
/** So many errors within one are looked at: a getter may make a new one each time. */
const MOST_ERRORS = 10_000;

const ABORT = TIERS.indexOf('abort');
const STATUS = TIERS.indexOf('status');
const CODE = TIERS.indexOf('code');

/** False while {@link explainWithoutOrders} runs. */
let obeysOrders = true;

/**
 * Explains what a failure means: for a retry, for a circuit breaker, and by which rule. It knows the errors of databases,
 * brokers, queues, gRPC, validators, HTTP clients, Node, Nest and this library by their public shape. It looks along
 * `cause`, into `AggregateError.errors`, and where else libraries keep the error that they wrap. The outermost error that
 * says something decides. Never throws.
 *
 * @example
 * ```ts
 * explainFailure(Object.assign(new Error('duplicate key'), { code: '23505', severity: 'ERROR' }));
 * // { kind: 'permanent', circuit: 'success', rule: 'sql/23505' }
 * ```
 * @public
 */
export function explainFailure(error: unknown): FailureExplanation {
  if (isPlainError(error) && !saysSomething((error as Error).message)) return UNKNOWN;
  // an object may throw when it is looked at
  return tryOrUndefined(() => explain(error)) ?? UNKNOWN;
}

/**
 * Runs a function in which {@link explainFailure} leaves aside what servers order in `x-should-retry`: a circuit judges the
 * status.
 */
export function withoutOrders<T>(run: () => T): T {
  const before = obeysOrders;
  obeysOrders = false;
  try {
    return run();
  } finally {
    obeysOrders = before;
  }
}

/** True for an order of a job to its worker, which is thrown as an error but is none. Never throws. */
export function isControlFlow(error: unknown): boolean {
  // a plain error is the most common one, and needs no search for its name
  if (isPlainError(error) || !isNamedAsOrder(error)) return false;
  return tryOrUndefined(() => controlFlowOf(new Look(error))) !== undefined;
}

function saysSomething(message: unknown): boolean {
  return typeof message === 'string' && (isKnownMessage(message) || isTelling(message));
}

function explain(error: unknown): FailureExplanation {
  const code = codeOfSystem(error);
  const known = code === undefined ? undefined : ruleForCode(code);
  if (known) return { kind: KIND_OF[known.meaning], circuit: CIRCUIT_OF[known.meaning], rule: known.ownName };
  const look = new Look(error);
  const { kind, circuit, rule } = ordered(look, new Walk().verdictOn(look, 0)) ?? UNKNOWN;
  return { kind, circuit, rule };
}

/** A server that orders not to repeat is obeyed, wherever in an error its answer is. */
function ordered(look: Look, verdict: Verdict | undefined): Verdict | undefined {
  if (!obeysOrders || !(look.mayHaveHeaders || look.hasCause)) return verdict;
  if (parseShouldRetry(look.error) !== false) return verdict;
  return { ...(verdict ?? NO_VERDICT), kind: 'permanent', rule: 'order/x-should-retry: false' };
}

/** One walk through an error and what is inside it; each object is judged once. */
class Walk {
  private readonly known = new Map<unknown, Verdict | undefined>();
  private aggregates = 0;

  verdictOn(look: Look, depth: number): Verdict | undefined {
    const { error } = look;
    const isOver = depth > MAX_DEPTH || this.known.size >= MOST_ERRORS;
    if (isOver || this.known.has(error)) return this.known.get(error);
    // an error that holds itself says nothing more
    this.known.set(error, undefined);
    try {
      const verdict = this.judge(look, depth);
      this.known.set(error, verdict);
      return verdict;
    } catch {
      // an object may throw when it is looked at; this uses less of the stack than a function would
      return undefined;
    }
  }

  private judge(look: Look, depth: number): Verdict | undefined {
    const rule = ruleFor(look);
    const own = rule && verdictOf(rule, look);
    if (own && isRefusal(own)) return own;
    const flagged = flagOf(look);
    const verdict = (flagged ? undefined : orderedVerdict(look, own)) ?? this.content(look, depth, rule, own);
    return flagged ? flaggedVerdict(flagged, verdict) : verdict;
  }

  /** Judges an error by what it is and what is inside it. */
  private content(
    look: Look,
    depth: number,
    rule: Rule | undefined,
    own: Verdict | undefined,
  ): Verdict | undefined {
    const members = isWeak(own) ? membersOf(look) : undefined;
    if (members) return known(this.ofMembers(members, depth)) ?? own ?? NO_VERDICT;
    return isLast(look, rule) ? own : better(this.inside(look, depth), own, rule);
  }

  /** Judges the errors inside one that says little or nothing itself. */
  private inside(look: Look, depth: number): Verdict | undefined {
    for (const inner of innerErrors(look)) {
      const verdict = this.verdictOn(inner, depth + 1);
      if (verdict) return verdict;
    }
    return undefined;
  }

  /** An aggregate within another one begins a chain of its own. */
  private ofMember(member: Look, depth: number): Verdict | undefined {
    const isAggregate = tryOrUndefined(() => membersOf(member)) !== undefined;
    return ordered(member, this.verdictOn(member, isAggregate ? 0 : depth + 1));
  }

  /** Transient if one member is, else unknown if one is, else what the first member says. */
  private ofMembers(members: readonly unknown[], depth: number): Verdict | undefined {
    if (++this.aggregates > MOST_AGGREGATES) return undefined;
    const verdicts: (Verdict | undefined)[] = [];
    for (const member of members.slice(0, MOST_ERRORS)) verdicts.push(this.ofMember(new Look(member), depth));
    const transient = verdicts.filter((verdict) => verdict?.kind === 'transient');
    if (transient.length > 0) return transient.find((one) => one?.circuit === 'failure') ?? transient[0];
    const unknown = verdicts.findIndex((verdict) => verdict === undefined || verdict.kind === 'unknown');
    return unknown < 0 ? verdicts[0] : (verdicts[unknown] ?? NO_VERDICT);
  }
}

/** Leaves out the verdict that nothing is known. */
const known = (verdict: Verdict | undefined) => (verdict?.rule === UNKNOWN.rule ? undefined : verdict);

/** Chooses between an error that says little itself and what is inside it. */
function better(
  inner: Verdict | undefined,
  own: Verdict | undefined,
  rule: Rule | undefined,
): Verdict | undefined {
  return rule?.yields === true && !inner?.isCoded ? own : (inner ?? own);
}

function verdictOf(rule: Rule, look: Look): Verdict {
  const { meaning, tier, isCoded } = rule;
  return { kind: KIND_OF[meaning], circuit: CIRCUIT_OF[meaning], rule: rule.name(look), isCoded, tier };
}

/** Known by its code or name alone, which an aggregate takes from one of its members. */
const isWeak = (own: Verdict | undefined) => own === undefined || own.tier >= CODE;

/** True if nothing inside an error can change its meaning. A time limit that aborts is a time limit. */
function isLast(look: Look, rule: Rule | undefined): boolean {
  if (!rule || rule.yields !== undefined) return false;
  return rule.tier !== ABORT || new Look(look.get('cause')).name !== 'TimeoutError';
}

/** A server orders to repeat. An error that says itself that it is permanent, or an abort, is stronger. */
function orderedVerdict(look: Look, own: Verdict | undefined): Verdict | undefined {
  if (!obeysOrders || (own !== undefined && own.tier !== STATUS)) return undefined;
  if (!look.mayHaveHeaders || ownShouldRetry(look.error) !== true) return undefined;
  return { ...(own ?? NO_VERDICT), kind: 'transient', rule: 'order/x-should-retry: true' };
}

/** `retryable` and `retriable` decide the retry; the rules decide for the circuit, where they know the error. */
function flaggedVerdict([name, flag]: Flag, verdict: Verdict | undefined): Verdict {
  const circuit = known(verdict)?.circuit ?? (flag ? 'failure' : 'ignore');
  const kind = flag ? 'transient' : 'permanent';
  if (verdict?.kind === kind && known(verdict)) return verdict;
  return { kind, circuit, rule: `flag/${name}: ${flag}`, isCoded: true, tier: 0 };
}

const isRefusal = ({ rule }: Verdict) => rule.startsWith('resilience/') || rule.startsWith('bullmq/');

type Flag = readonly [name: string, flag: boolean];

function flagOf(look: Look): Flag | undefined {
  const retryable = look.get('retryable');
  if (typeof retryable === 'boolean') return ['retryable', retryable];
  const retriable = look.get('retriable');
  // kafkajs says more elsewhere
  const isFlag = typeof retriable === 'boolean' && !look.name.startsWith('KafkaJS');
  return isFlag ? ['retriable', retriable] : undefined;
}
