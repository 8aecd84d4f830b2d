import type { Problems } from '../policy/problems.js';
import { NamedStateStore } from './named-state-store.js';
import type { Claim, Origin } from './named-state-store.js';

/** What may be shared by name: each kind has names of its own. */
export type StateKind = 'budget' | 'circuit' | 'bulkhead' | 'rateLimit' | 'latencies';

/** The states of an application, by kind and name; or a draft of them, whose changes are made when it is adopted. */
export class StateStore {
  private kinds = new Map<StateKind, NamedStateStore<object>>();
  private changes: (() => void)[] | undefined;

  /** The state for a claim; undefined, after telling `problems`, if its name is taken. */
  obtain<T extends object>(
    kind: StateKind,
    claim: Claim,
    origin: Origin<T>,
    problems: Problems,
  ): T | undefined {
    const states = this.kinds.get(kind) ?? new NamedStateStore<object>();
    this.kinds.set(kind, states);
    return states.obtain(claim, origin, problems) as T | undefined;
  }

  /** Does it at once, or with all changes of the draft. */
  apply(change: () => void): void {
    if (this.changes) this.changes.push(change);
    else change();
  }

  /** Works out changes without making them; states that exist are kept and get new options. */
  draft(): StateStore {
    const draft = new StateStore();
    for (const [kind, states] of this.kinds) draft.kinds.set(kind, states.draft());
    draft.changes = [];
    return draft;
  }

  /** Tells what stands in the way of a draft. */
  checkDraft(problems: Problems): void {
    for (const states of this.kinds.values()) states.checkRevision(problems);
  }

  /** Puts a draft in force. */
  adopt(draft: StateStore): void {
    this.kinds = draft.kinds;
    for (const change of draft.changes ?? []) change();
  }
}
