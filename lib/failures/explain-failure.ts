import { isPlainError, read, tryOrUndefined } from '../policy/error-chain.js';
import { ownShouldRetry, parseShouldRetry } from '../policy/should-retry.js';
import { controlFlowOf } from './domains/control-flow.js';
import { codeBehindPrisma } from './domains/prisma.js';
import { TIERS } from './failure-domain.js';
import { Look } from './look.js';
import { CIRCUIT_OF, KIND_OF } from './meaning.js';
import type { CircuitMeaning, FailureKind } from './meaning.js';
import { isKnownMessage, ruleFor } from './rule-index.js';
import type { Rule } from './rule-index.js';

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

/** Places where errors keep the errors that they come from. */
const INNER = ['original', 'parent', 'driverError', 'nativeError', 'reason', 'err', 'error'];
const MAX_DEPTH = 100;
/** Into so many `AggregateError`s it looks, and into each one once: an error may hold itself. */
const MOST_AGGREGATES = 1000;

const ABORT = TIERS.indexOf('abort');
const STATUS = TIERS.indexOf('status');
const CODE = TIERS.indexOf('code');

/** Beginnings of messages by which a plain `Error` may be known. */
const TELLING =
  /^(?:Undefined binding|Unable to acquire|Connection |Channel closed|Disconnected from|Handshake |Proxy response )/;

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
  if (isPlainError(error)) return false;
  return tryOrUndefined(() => controlFlowOf(new Look(error))) !== undefined;
}

function saysSomething(message: unknown): boolean {
  return typeof message === 'string' && (isKnownMessage(message) || TELLING.test(message));
}

function explain(error: unknown): FailureExplanation {
  const { kind, circuit, rule } = ordered(error, new Walk().verdictOn(new Look(error), 0)) ?? UNKNOWN;
  return { kind, circuit, rule };
}

/** A server that orders not to repeat is obeyed, wherever in an error its answer is. */
function ordered(error: unknown, verdict: Verdict | undefined): Verdict | undefined {
  if (!obeysOrders || parseShouldRetry(error) !== false) return verdict;
  return { ...(verdict ?? NO_VERDICT), kind: 'permanent', rule: 'order/x-should-retry: false' };
}

/** One walk through an error and what is inside it; each object is judged once. */
class Walk {
  private readonly known = new Map<unknown, Verdict | undefined>();
  private aggregates = 0;

  verdictOn(look: Look, depth: number): Verdict | undefined {
    const { error } = look;
    if (depth > MAX_DEPTH || this.known.has(error)) return this.known.get(error);
    // an error that holds itself says nothing more
    this.known.set(error, undefined);
    const verdict = this.judge(look, depth);
    this.known.set(error, verdict);
    return verdict;
  }

  private judge(look: Look, depth: number): Verdict | undefined {
    const rule = ruleFor(look);
    const own = rule && verdictOf(rule, look);
    const early = flaggedVerdict(look, own) ?? orderedVerdict(look, own);
    if (early) return early;
    if (isAggregate(look) && isWeak(own)) return this.ofMembers(look, depth) ?? own;
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
    return ordered(member.error, this.verdictOn(member, isAggregate(member) ? 0 : depth + 1));
  }

  /** Transient if one member is, else unknown if one is, else what the first member says. */
  private ofMembers(look: Look, depth: number): Verdict | undefined {
    const members = look.get('errors') as readonly unknown[];
    if (++this.aggregates > MOST_AGGREGATES) return undefined;
    const verdicts = members.map((member) => this.ofMember(new Look(member), depth));
    const transient = verdicts.filter((verdict) => verdict?.kind === 'transient');
    if (transient.length > 0) return transient.find((one) => one?.circuit === 'failure') ?? transient[0];
    const unknown = verdicts.findIndex((verdict) => verdict === undefined || verdict.kind === 'unknown');
    return unknown < 0 ? verdicts[0] : (verdicts[unknown] ?? NO_VERDICT);
  }
}

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
function orderedVerdict({ error }: Look, own: Verdict | undefined): Verdict | undefined {
  if (!obeysOrders || (own !== undefined && own.tier !== STATUS)) return undefined;
  if (ownShouldRetry(error) !== true) return undefined;
  return { ...(own ?? NO_VERDICT), kind: 'transient', rule: 'order/x-should-retry: true' };
}

/** `retryable` and `retriable` decide the retry; the rules decide for the circuit, where they know the error. */
function flaggedVerdict(look: Look, own: Verdict | undefined): Verdict | undefined {
  if (own && own.tier === 0 && isRefusal(own)) return own;
  const [name, flag] = flagOf(look);
  if (flag === undefined) return undefined;
  const circuit = own?.circuit ?? (flag ? 'failure' : 'ignore');
  return {
    kind: flag ? 'transient' : 'permanent',
    circuit,
    rule: `flag/${name}: ${flag}`,
    isCoded: true,
    tier: 0,
  };
}

const isRefusal = ({ rule }: Verdict) => rule.startsWith('resilience/') || rule.startsWith('bullmq/');

function flagOf(look: Look): [name: string, flag: boolean | undefined] {
  const retryable = look.get('retryable');
  if (typeof retryable === 'boolean') return ['retryable', retryable];
  const retriable = look.get('retriable');
  // kafkajs says more elsewhere
  const isFlag = typeof retriable === 'boolean' && !look.name.startsWith('KafkaJS');
  return ['retriable', isFlag ? retriable : undefined];
}

function isAggregate(look: Look): boolean {
  const isOne = look.error instanceof AggregateError || look.name === 'AggregateError';
  const members = isOne ? look.get('errors') : undefined;
  return Array.isArray(members) && members.length > 0;
}

function* innerErrors(look: Look): Generator<Look, undefined> {
  const raw = codeBehindPrisma(look);
  if (raw !== undefined)
    yield new Look(
      /^\d+$/.test(raw) && raw.length < 5 ? { errno: Number(raw) } : { code: raw, severity: 'ERROR' },
    );
  const held = heldByRpc(look);
  if (held !== undefined) yield new Look(held, true);
  const cause = look.get('cause');
  if (cause !== undefined && cause !== null) yield new Look(cause);
  for (const place of INNER) {
    const inner = look.get(place);
    if (inner instanceof Error || typeof read(inner, 'message') === 'string') yield new Look(inner);
  }
}

/** Reads the error with which Nest's `RpcException` was made. */
function heldByRpc(look: Look): unknown {
  const getError = look.name === 'RpcException' ? look.get('getError') : undefined;
  return typeof getError === 'function'
    ? tryOrUndefined((): unknown => getError.call(look.error))
    : undefined;
}
