/** How a call ended for the circuit: `ignored` is an abort, or an error that counts for nothing. */
export type Verdict = 'success' | 'failure' | 'ignored';

/** Options of the model, in the words of the real ones; times are milliseconds. */
export interface ObviousOptions {
  failureThreshold?: number;
  failureRate?: number;
  slowCallRate?: number;
  slowCallDuration?: number;
  window?: number | { calls: number };
  minimumCalls?: number;
  recoveryTimeout: number;
  recoveryMultiplier: number;
  maxRecoveryTimeout: number;
  halfOpenMaxCalls: number;
  successThreshold: number;
  halfOpenTimeout?: number;
}

interface Call {
  readonly period: number;
  readonly admittedAt: number;
  verdict?: Verdict;
}

interface Outcome {
  readonly period: number;
  readonly at: number;
  readonly failed: boolean;
  readonly slow: boolean;
}

/**
 * The outcomes that a window still looks at, recounted from all that ever happened. A window of time has ten
 * parts that begin at multiples of a tenth of it, and the part that leaves takes all its outcomes along.
 */
export function lookBack<O extends { at: number }>(
  all: readonly O[],
  window: number | { calls: number },
  now: number,
): O[] {
  if (typeof window === 'object') return all.slice(-window.calls);
  const part = (at: number) => Math.floor(at / (window / 10));
  return all.filter(({ at }) => part(at) > part(now) - 10);
}

const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);

/** The obvious, slow circuit: it remembers everything, and looks at all of it each time it is asked. */
export class ObviousCircuit {
  state: 'closed' | 'open' | 'half-open' | 'forced-open' | 'disabled' = 'closed';
  private readonly calls: Call[] = [];
  private readonly outcomes: Outcome[] = [];
  private period = 0;
  private opensUntil = 0;
  private reopenings = 0;

  constructor(private readonly options: ObviousOptions) {}

  /** The call that is let through, or undefined. */
  acquire(now: number): Call | undefined {
    if (this.state === 'forced-open') return undefined;
    this.failHungTrials(now);
    if (this.state === 'open' && now >= this.opensUntil) this.move('half-open');
    if (this.state === 'open') return undefined;
    if (this.state === 'half-open' && this.underWay().length >= this.options.halfOpenMaxCalls)
      return undefined;
    const call: Call = { period: this.period, admittedAt: now };
    this.calls.push(call);
    return call;
  }

  /** `askedFor` is the Retry-After of a failure. */
  settle(call: Call, verdict: Verdict, now: number, askedFor = 0): void {
    const hungAt = this.oldestTrialHangsAt();
    call.verdict = verdict;
    if (call.period !== this.period) return;
    // this trial, or another beside it, has failed at its time
    if (this.state === 'half-open' && now >= hungAt) this.reopen(hungAt, now, askedFor);
    else if (verdict === 'ignored') return;
    else if (this.state === 'closed') this.count(call, verdict, now, askedFor);
    else if (this.state === 'half-open') this.judgeTrial(verdict, now, askedFor);
  }

  forceOpen(): void {
    this.move('forced-open');
  }

  disable(): void {
    this.move('disabled');
  }

  reset(): void {
    this.reopenings = 0;
    this.move('closed');
  }

  retryAfter(now: number): number | undefined {
    return this.state === 'open' ? Math.max(0, this.opensUntil - now) : undefined;
  }

  metrics(now: number) {
    const seen = this.judgesRates ? this.lookBack(now) : [];
    const failures = seen.filter(({ failed }) => failed).length;
    const slowCalls = seen.filter(({ slow }) => slow).length;
    return {
      consecutiveFailures: this.failuresInARow(),
      calls: seen.length,
      failures,
      slowCalls,
      failureRate: share(failures, seen.length),
      slowCallRate: share(slowCalls, seen.length),
    };
  }

  private count(call: Call, verdict: Verdict, now: number, askedFor: number): void {
    const { slowCallRate, slowCallDuration = Infinity, failureRate } = this.options;
    const slow = slowCallRate !== undefined && now - call.admittedAt >= slowCallDuration;
    this.outcomes.push({ period: this.period, at: now, failed: verdict === 'failure', slow });
    const window = this.metrics(now);
    const isJudged = window.calls >= this.minimumCalls;
    const isOver =
      (failureRate !== undefined && window.failureRate >= failureRate) ||
      (slowCallRate !== undefined && window.slowCallRate >= slowCallRate);
    if (this.failuresInARow() >= this.failureThreshold || (isJudged && isOver)) this.open(now, now, askedFor);
  }

  private judgeTrial(verdict: Verdict, now: number, askedFor: number): void {
    const successes = this.trials().filter((trial) => trial.verdict === 'success').length;
    if (verdict === 'failure') this.reopen(now, now, askedFor);
    else if (successes >= this.options.successThreshold) this.reset();
  }

  /** A hung trial failed when its time was over, but nobody notices before the next call or result. */
  private failHungTrials(now: number): void {
    const hungAt = this.oldestTrialHangsAt();
    if (this.state === 'half-open' && now >= hungAt) this.reopen(hungAt, now, 0);
  }

  private oldestTrialHangsAt(): number {
    return Math.min(...this.underWay().map((trial) => trial.admittedAt + this.halfOpenTimeout));
  }

  private open(at: number, now: number, askedFor: number): void {
    const { recoveryTimeout, recoveryMultiplier, maxRecoveryTimeout } = this.options;
    const longest = Math.max(recoveryTimeout, maxRecoveryTimeout);
    let grown = recoveryTimeout;
    for (let n = 0; n < this.reopenings; n++) grown *= recoveryMultiplier;
    this.opensUntil = Math.max(at + Math.min(grown, longest), now + Math.min(askedFor, longest));
    this.move('open');
  }

  private reopen(at: number, now: number, askedFor: number): void {
    this.reopenings++;
    this.open(at, now, askedFor);
  }

  private move(state: ObviousCircuit['state']): void {
    this.state = state;
    this.period++;
  }

  private trials(): Call[] {
    return this.calls.filter(({ period }) => period === this.period);
  }

  private underWay(): Call[] {
    return this.trials().filter(({ verdict }) => verdict === undefined);
  }

  private failuresInARow(): number {
    const results = this.ofThisPeriod();
    return results.length - 1 - results.findLastIndex(({ failed }) => !failed);
  }

  private lookBack(now: number): Outcome[] {
    return lookBack(this.ofThisPeriod(), this.options.window ?? 10_000, now);
  }

  private ofThisPeriod(): Outcome[] {
    return this.outcomes.filter(({ period }) => period === this.period);
  }

  private get judgesRates(): boolean {
    return this.options.failureRate !== undefined || this.options.slowCallRate !== undefined;
  }

  private get failureThreshold(): number {
    return this.options.failureThreshold ?? (this.judgesRates ? Infinity : 5);
  }

  private get minimumCalls(): number {
    const { minimumCalls, window } = this.options;
    return minimumCalls ?? (typeof window === 'object' ? Math.min(10, window.calls) : 10);
  }

  private get halfOpenTimeout(): number {
    return this.options.halfOpenTimeout ?? this.options.recoveryTimeout;
  }
}
