/** The states of one name. */
interface Family<S> {
  readonly name: string;
  list(): S[];
}

/**
 * All states of one kind in an application. Those with a key appear with their first call and disappear when they are
 * evicted.
 * @public
 */
export class StateRegistry<
  S extends { readonly name: string; snapshot(): Snapshot },
  Snapshot,
> implements Iterable<S> {
  private readonly families = new Map<string, Family<S>>();

  /** The state of a name, such as `payments` or `payments[tenant-1]`; undefined if there is none. */
  get(name: string): S | undefined {
    for (const state of this) if (state.name === name) return state;
    return undefined;
  }

  /** The states that exist now. */
  *[Symbol.iterator](): Iterator<S> {
    for (const family of [...this.families.values()]) yield* family.list();
  }

  /** All of them as plain JSON. */
  snapshot(): Snapshot[] {
    return [...this].map((state) => state.snapshot());
  }

  /** @internal */
  add(family: Family<S>): void {
    this.families.set(family.name, family);
  }
}
