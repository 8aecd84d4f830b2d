import type { Problems } from '../policy/problems.js';
import type { SharedSpec } from '../strategies/strategy-definition.js';
import { NamedStateStore } from './named-state-store.js';
import type { Claim } from './named-state-store.js';

/** The states of an application, by kind and name; or a draft of them, whose changes are made by {@link StateStore.commit}. */
export class StateStore {
  private kinds = new Map<string, NamedStateStore<object>>();
  private changes: (() => void)[] | undefined;

  /** Obtains the state for a claim; undefined, after reporting the problem, if its name is taken. */
  obtain<T extends object>(spec: SharedSpec<T>, claim: Claim, problems: Problems): T | undefined {
    const states = this.kinds.get(spec.kind) ?? new NamedStateStore<object>(this.apply);
    this.kinds.set(spec.kind, states);
    return states.obtain(claim, spec as unknown as SharedSpec<object>, problems) as T | undefined;
  }

  /** Makes a change at once, or with all changes of the draft. */
  readonly apply = (change: () => void): void => {
    if (this.changes) this.changes.push(change);
    else change();
  };

  /** Works out changes without making them; states that exist are kept and get new options. */
  draft(): StateStore {
    const draft = new StateStore();
    for (const [kind, states] of this.kinds) draft.kinds.set(kind, states.draft(draft.apply));
    draft.changes = [];
    return draft;
  }

  /** Reports the problems that stand in the way of a draft. */
  checkDraft(problems: Problems): void {
    for (const states of this.kinds.values()) states.checkRevision(problems);
  }

  /** Puts a draft in force; states without an owner leave. */
  commit(draft: StateStore): void {
    for (const states of draft.kinds.values()) states.settle();
    for (const change of draft.changes ?? []) change();
    draft.changes = undefined;
    this.kinds = draft.kinds;
  }

  /** Notes in a draft that an owner comes back: it keeps what it claims in the draft, and no more. */
  revisit(owner: unknown): void {
    for (const states of this.kinds.values()) states.revisit(owner);
  }

  /** Ends all claims of an owner; states leave with their last one. */
  withdraw(owner: unknown): void {
    for (const states of this.kinds.values()) states.withdraw(owner);
  }
}
