import type { CallOutcome, RetrySuppressedReason } from '../events/resilience-event.js';
import type { RejectingStrategy } from '../strategies/guard.js';
import type { FaultKind } from '../strategies/chaos/fault.js';
import { errorTypeOf } from './error-type.js';
import { OTHER } from './figures.js';
import type { AttemptKind, AttemptOutcome, CacheResult, FamilyDetail, ServerAddress } from './figures.js';
import { Histogram } from './histogram.js';

/** Error types of one family; the others are counted together. */
const MOST_ERROR_TYPES = 8;

const OTHER_OUTCOMES = ['rejected', 'aborted', 'fallback'] as const;
const ATTEMPT_KINDS: readonly AttemptKind[] = ['first', 'retry', 'hedge', 'failover'];
const ATTEMPT_OUTCOMES: readonly AttemptOutcome[] = ['success', 'failure', 'timeout', 'aborted'];

/** The places of the counters of calls: each outcome without and with a retry. */
const CALL_PLACE = { success: 0, failure: 2, rejected: 4, aborted: 6, fallback: 8 } as const;

/** The switches and facts of an application that all its figures share. */
export interface FigureSettings {
  /** True if durations are kept. */
  readonly keepsDurations: boolean;
  /** The upstream behind a key, if it stands in the options. */
  serverOf(key: string | undefined): ServerAddress | undefined;
}

/** The part of {@link FamilyDetail} that is counted; the rest is read from the states. */
export type CountedDetail = Omit<
  FamilyDetail,
  'circuits' | 'transitions' | 'bulkhead' | 'budget' | 'name' | 'policy'
>;

/**
 * The counters of the calls of one family. The engine calls the methods in the moment in which something happens. Counting the
 * success of a first attempt is the increment of three numbers, which have fields of their own for that.
 */
export class CallFigures {
  private begun = 0;
  private plainSuccesses = 0;
  private firstSuccesses = 0;
  private readonly calls = new Float64Array(10);
  private readonly attempts = new Float64Array(ATTEMPT_KINDS.length * ATTEMPT_OUTCOMES.length);
  /** Failed calls by the type of their error, without and with a retry. */
  private readonly errors = new Map<string, [number, number]>();
  private readonly suppressions = new Map<RetrySuppressedReason, number>();
  private readonly rejections = new Map<
    string,
    { strategy: RejectingStrategy; server?: ServerAddress; count: number }
  >();
  private injections: Map<FaultKind, number> | undefined = undefined;
  private readonly timeouts = { attempt: 0, total: 0 };
  private successDurations: Histogram | undefined = undefined;
  private readonly durations = new Map<CallOutcome, Histogram>();
  private readonly retryDelays = new Map<'backoff' | 'retry-after', Histogram>();
  private cache: Record<CacheResult, number> | undefined = undefined;

  constructor(private readonly settings: FigureSettings) {}

  /** True if no call has ever begun. */
  get isUnused(): boolean {
    return this.begun === 0;
  }

  /** True if durations are kept. */
  get keepsDurations(): boolean {
    return this.settings.keepsDurations;
  }

  /** Counts a call that begins. */
  beginCall(): void {
    this.begun++;
  }

  /** Takes back a call that has turned out to be none. */
  cancelCall(): void {
    this.begun--;
  }

  /** Counts a call that has ended. */
  countCall(outcome: CallOutcome, isRetried: boolean, error: unknown): void {
    if (outcome === 'success' && !isRetried) this.plainSuccesses++;
    else this.calls[CALL_PLACE[outcome] + (isRetried ? 1 : 0)]++;
    if (outcome === 'failure') this.countError(isRetried, error);
  }

  private countError(isRetried: boolean, error: unknown): void {
    const type = errorTypeOf(error);
    const isKnown = this.errors.has(type) || this.errors.size < MOST_ERROR_TYPES;
    const counts = this.errorCounts(isKnown ? type : OTHER);
    counts[isRetried ? 1 : 0]++;
  }

  /** Counts how long a call took, in milliseconds. */
  countDuration(outcome: CallOutcome, ms: number): void {
    if (outcome === 'success') (this.successDurations ??= new Histogram()).record(ms);
    else histogramOf(this.durations, outcome).record(ms);
  }

  /** Counts an attempt that has ended. */
  countAttempt(kind: AttemptKind, outcome: AttemptOutcome): void {
    if (kind === 'first' && outcome === 'success') this.firstSuccesses++;
    else this.attempts[placeOfAttempt(kind, outcome)]++;
  }

  /** Counts a retry that is not made. */
  countSuppression(reason: RetrySuppressedReason): void {
    this.suppressions.set(reason, (this.suppressions.get(reason) ?? 0) + 1);
  }

  /**
   * Counts the refusal of a strategy.
   *
   * @param key - of the circuit or the slot that has refused: shown if it is an origin of the options
   */
  countRejection(strategy: RejectingStrategy, key: string | undefined): void {
    const server = this.settings.serverOf(key);
    const place = server ? `${strategy} ${key}` : strategy;
    const known = this.rejections.get(place);
    if (known) known.count++;
    else this.rejections.set(place, { strategy, ...(server && { server }), count: 1 });
  }

  /** Counts a fault that was injected into an attempt. */
  countInjection(kind: FaultKind): void {
    this.injections ??= new Map();
    this.injections.set(kind, (this.injections.get(kind) ?? 0) + 1);
  }

  /** Counts a time limit that ended an attempt or a call. */
  countTimeout(scope: 'attempt' | 'total'): void {
    this.timeouts[scope]++;
  }

  /** Counts the wait before a retry, in milliseconds. */
  countRetryDelay(source: 'backoff' | 'retry-after', ms: number): void {
    if (this.settings.keepsDurations) histogramOf(this.retryDelays, source).record(ms);
  }

  /** Counts a call by what answered it; only for families with a cache, or with coalescing. */
  countCache(result: CacheResult): void {
    this.cache ??= { hit: 0, stale: 0, miss: 0, coalesced: 0 };
    this.cache[result]++;
  }

  /** Counts a call that was answered at once: it has ended when it begins. */
  countHit(): void {
    this.begun++;
    this.plainSuccesses++;
    this.countCache('hit');
  }

  /** The counts of this moment. */
  read(): CountedDetail {
    const { cache, timeouts } = this;
    const scopes = ['attempt', 'total'] as const;
    return {
      calls: this.readCalls(),
      attempts: this.readAttempts(),
      suppressions: [...this.suppressions].map(([reason, count]) => ({ reason, count })),
      injections: [...(this.injections ?? [])].map(([kind, count]) => ({ kind, count })),
      rejections: [...this.rejections.values()].map((one) => ({ ...one })),
      timeouts: scopes.map((scope) => ({ scope, count: timeouts[scope] })).filter(isSeen),
      inFlight: this.begun - this.ended,
      ...(cache && { cache: { ...cache } }),
      durations: this.readDurations(),
      retryDelays: [...this.retryDelays].map(([source, one]) => ({ source, ...one.read() })),
    };
  }

  private errorCounts(type: string): [number, number] {
    const counts = this.errors.get(type) ?? [0, 0];
    this.errors.set(type, counts);
    return counts;
  }

  private get ended(): number {
    let ended = this.plainSuccesses;
    for (let place = 0; place < this.calls.length; place++) ended += this.calls[place];
    return ended;
  }

  private readDurations(): CountedDetail['durations'] {
    const { successDurations } = this;
    const success: [CallOutcome, Histogram][] = successDurations ? [['success', successDurations]] : [];
    return [...success, ...this.durations].map(([outcome, one]) => ({ outcome, ...one.read() }));
  }

  private readCalls(): CountedDetail['calls'] {
    const found: CountedDetail['calls'][number][] = [];
    const add = (outcome: CallOutcome, retried: boolean, count: number, errorType?: string) => {
      if (count > 0)
        found.push(
          errorType === undefined ? { outcome, retried, count } : { outcome, retried, errorType, count },
        );
    };
    add('success', false, this.plainSuccesses);
    add('success', true, this.calls[CALL_PLACE.success + 1]);
    for (const [errorType, [first, retried]] of this.errors) {
      add('failure', false, first, errorType);
      add('failure', true, retried, errorType);
    }
    for (const outcome of OTHER_OUTCOMES) {
      add(outcome, false, this.calls[CALL_PLACE[outcome]]);
      add(outcome, true, this.calls[CALL_PLACE[outcome] + 1]);
    }
    return found;
  }

  private readAttempts(): CountedDetail['attempts'] {
    const found: CountedDetail['attempts'][number][] = [];
    for (const kind of ATTEMPT_KINDS) {
      for (const outcome of ATTEMPT_OUTCOMES) {
        const isFirst = kind === 'first' && outcome === 'success';
        const count = isFirst ? this.firstSuccesses : this.attempts[placeOfAttempt(kind, outcome)];
        if (count > 0) found.push({ kind, outcome, count });
      }
    }
    return found;
  }
}

/** The place of a counter of attempts. It is found by comparing: a look-up by name in a table costs several times as much. */
function placeOfAttempt(kind: AttemptKind, outcome: AttemptOutcome): number {
  let place = 0;
  if (kind === 'retry') place = 4;
  else if (kind === 'hedge') place = 8;
  else if (kind === 'failover') place = 12;
  if (outcome === 'failure') return place + 1;
  if (outcome === 'timeout') return place + 2;
  return outcome === 'aborted' ? place + 3 : place;
}

function isSeen({ count }: { readonly count: number }): boolean {
  return count > 0;
}

function histogramOf<K>(histograms: Map<K, Histogram>, key: K): Histogram {
  const known = histograms.get(key);
  if (known) return known;
  const made = new Histogram();
  histograms.set(key, made);
  return made;
}
