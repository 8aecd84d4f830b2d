import type { MapKey } from '../call-key.js';
import { watchEnd } from '../call-wrapper.js';
import type { RunInside, RunWatcher, SharedRun, WrappedCall } from '../call-wrapper.js';
import { isOneValue } from '../one-value.js';

let last = 0;

/** The next place in the order of all runs and removals of the process. */
export function nextInOrder(): number {
  return ++last;
}

/** The strategy that has runs shared, on behalf of one call. */
export interface RunKeeper {
  /** Has the result of a run of this call kept; called when the run begins. Missing where nothing is kept. */
  watch?(call: WrappedCall): RunWatcher;
  /** The key that the call has by now: answers that came meanwhile may say what keys are made of. */
  keyNow(call: WrappedCall): MapKey;
}

/** Runs the inside of a call, whose result a keeper is told. */
export function watched(call: WrappedCall, inside: RunInside, keeper: RunKeeper): Promise<unknown> {
  const watcher = keeper.watch?.(call);
  return watcher ? watchEnd(inside(call), watcher) : inside(call);
}

/** A run that calls may join, until it ends or its key is taken away. */
class OpenRun implements RunWatcher {
  /** Its place in the order of all runs and removals. */
  readonly number = nextInOrder();
  run: SharedRun | undefined = undefined;

  constructor(
    private readonly open: Map<MapKey, OpenRun>,
    private readonly key: MapKey,
    private readonly keeping: RunWatcher | undefined,
  ) {}

  /** True if a call that came after these removals may join it. */
  takes({ freshFrom }: WrappedCall): boolean {
    return this.run?.isOpen === true && this.number >= freshFrom;
  }

  onValue(value: unknown): void {
    this.close();
    this.keeping?.onValue(value);
  }

  onFailure(): void {
    this.close();
    this.keeping?.onFailure();
  }

  private close(): void {
    if (this.open.get(this.key) === this) this.open.delete(this.key);
  }
}

/** The runs under way of one name, by key (single flight). */
export class Runs {
  private readonly open = new Map<MapKey, OpenRun>();

  /** Number of runs under way that calls may join. */
  get size(): number {
    return this.open.size;
  }

  /** The keys of the runs under way. */
  keys(): Iterable<MapKey> {
    return this.open.keys();
  }

  /**
   * Joins the run of a key, or begins it. A call that has joined runs by itself if the result is not one value, or is meant for the
   * call that began the run.
   */
  share(key: MapKey, call: WrappedCall, inside: RunInside, keeper: RunKeeper): Promise<unknown> {
    const open = this.open.get(key);
    if (open?.takes(call) !== true) {
      call.cache = 'miss';
      return call.join(this.begin(key, call, inside, keeper));
    }
    call.cache = 'coalesced';
    return call.join(open.run as SharedRun).then((value) => {
      const { judge } = call.answers;
      if (isOneValue(value) && (!judge || judge.isFor(value))) return value;
      const ownKey = judge ? keeper.keyNow(call) : key;
      if (ownKey !== key) return this.share(ownKey, call, inside, keeper);
      call.cache = 'miss';
      return watched(call, inside, keeper);
    });
  }

  private begin(key: MapKey, call: WrappedCall, inside: RunInside, keeper: RunKeeper): SharedRun {
    const entry = new OpenRun(this.open, key, keeper.watch?.(call));
    const run = call.begin(inside, entry);
    entry.run = run;
    this.open.set(key, entry);
    return run;
  }

  /** No later call joins the run of this key. */
  drop(key: MapKey): void {
    this.open.delete(key);
  }

  /** No later call joins a run whose key is one of these. */
  dropAll(isMeant: (key: MapKey) => boolean): void {
    for (const key of this.open.keys()) if (isMeant(key)) this.open.delete(key);
  }
}
