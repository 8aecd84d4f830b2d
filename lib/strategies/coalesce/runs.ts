import type { MapKey } from '../call-key.js';
import type { RunInside, SharedRun, WrappedCall } from '../call-wrapper.js';
import { isOneValue } from '../one-value.js';

/** A run, and its place in the order of all runs and removals. */
interface OrderedRun {
  readonly run: SharedRun;
  readonly number: number;
}

let last = 0;

/** The next place in the order of all runs and removals of the process. */
export function nextInOrder(): number {
  return ++last;
}

/** The runs under way of one name, by key (single flight). */
export class Runs {
  private readonly open = new Map<MapKey, OrderedRun>();

  /** Number of runs under way that calls may join. */
  get size(): number {
    return this.open.size;
  }

  /** The keys of the runs under way. */
  keys(): Iterable<MapKey> {
    return this.open.keys();
  }

  /** Joins the run of a key, or begins it. A result that is not one value goes to the call that began the run; the others run by themselves. */
  share(key: MapKey, call: WrappedCall, inside: RunInside): Promise<unknown> {
    const open = this.open.get(key);
    if (open === undefined || !open.run.isOpen || open.number < call.freshFrom) {
      call.cache = 'miss';
      return call.join(this.begin(key, call, inside));
    }
    call.cache = 'coalesced';
    return call.join(open.run).then((value) => {
      if (isOneValue(value)) return value;
      call.cache = 'miss';
      return inside(call);
    });
  }

  /** Begins the run of a key for calls that come from now on. */
  begin(key: MapKey, call: WrappedCall, inside: RunInside): SharedRun {
    const run = call.begin(inside);
    const entry = { run, number: nextInOrder() };
    this.open.set(key, entry);
    const end = () => this.open.get(key) === entry && this.open.delete(key);
    run.result.then(end, end);
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
