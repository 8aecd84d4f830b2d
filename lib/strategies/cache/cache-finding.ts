import type { MapKey } from '../call-key.js';
import type { AnswerCounts, Finding, KeptAnswer, RunWatcher, WrappedCall } from '../call-wrapper.js';
import type { RunKeeper } from '../coalesce/runs.js';
import type { CacheEntry } from './cache-entries.js';
import { keyAsJudged } from '../keyed-call.js';
import { Keeping } from './cache-space.js';

/** An answer with its times, in monotonic milliseconds. */
export type TimedAnswer = Pick<CacheEntry, 'value' | 'storedAt' | 'expires'>;

/** A cache, as its findings see it. */
interface Keeper {
  /** Notes that the result of a run is to be kept. */
  open(key: MapKey, partition: string | undefined, call: WrappedCall): RunWatcher;
}

/** The findings of a look for the answer of one call; the only object that a hit makes. */
export class CacheFinding implements Finding, RunKeeper {
  kept: KeptAnswer | undefined = undefined;
  /** An answer that is no longer fresh. */
  stale: TimedAnswer | undefined = undefined;
  /** Set if there is no key. */
  failure: { readonly error: unknown } | undefined = undefined;
  partition: string | undefined = undefined;
  key: MapKey = undefined;

  constructor(
    readonly counts: AnswerCounts,
    private readonly keeper: Keeper,
  ) {}

  /** Has the result of a run of the call kept. */
  watch(call: WrappedCall): RunWatcher {
    return this.keeper.open(this.key, this.partition, call);
  }

  keyNow(call: WrappedCall): MapKey {
    return (this.key = keyAsJudged(call, this.partition) ?? this.key);
  }
}

/** A cache, as the runs see it whose results it keeps. */
interface RunOwner {
  end(run: KeptRun, value: unknown): void;
  drop(run: KeptRun): void;
}

/** A run whose result is kept, unless its key is taken away meanwhile. */
export class KeptRun extends Keeping implements RunWatcher {
  constructor(
    key: MapKey,
    partition: string | undefined,
    readonly call: WrappedCall,
    private readonly owner: RunOwner,
  ) {
    super(key, partition);
  }

  onValue(value: unknown): void {
    this.owner.end(this, value);
  }

  onFailure(): void {
    this.owner.drop(this);
  }
}
