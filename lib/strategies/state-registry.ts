/** The states of one name. */
export interface Family<S> {
  readonly name: string;
  list(): S[];
  /** The same, without dropping what is idle for too long. */
  peek(): S[];
  /** The state of a key, or the only one; undefined if there is none. */
  find(key?: string): S | undefined;
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
  /** The most brackets in the name of a family: a name such as `a[b][c]` can be that of several. */
  private mostBrackets = 0;

  /** The state of a name, such as `payments` or `payments[tenant-1]`; undefined if there is none. */
  get(name: string): S | undefined {
    return this.families.get(name)?.find() ?? this.findKeyed(name);
  }

  /** The states that exist now. */
  *[Symbol.iterator](): Iterator<S> {
    for (const family of [...this.families.values()]) yield* family.list();
  }

  /** All of them as plain JSON. */
  snapshot(): Snapshot[] {
    return [...this].map((state) => state.snapshot());
  }

  /** @internal The states that exist now; none of them is dropped for being idle, so that nothing changes by looking. */
  *peek(): Generator<S> {
    for (const family of [...this.families.values()]) yield* family.peek();
  }

  /** @internal The same, by the name that they share. */
  *groups(): Iterable<{ readonly name: string; readonly states: readonly S[] }> {
    for (const family of [...this.families.values()]) yield { name: family.name, states: family.peek() };
  }

  /** @internal */
  add(family: Family<S>): void {
    this.families.set(family.name, family);
    this.mostBrackets = Math.max(this.mostBrackets, family.name.split('[').length - 1);
  }

  /** @internal Lets go of a family whose states are no longer in use; not of another one of the same name. */
  remove(family: Family<S>): void {
    if (this.families.get(family.name) === family) this.families.delete(family.name);
  }

  /** A key may hold brackets: the name of the family ends before the first one, unless it has brackets itself. */
  private findKeyed(name: string): S | undefined {
    if (!name.endsWith(']')) return undefined;
    let at = name.indexOf('[');
    for (let brackets = 0; at >= 0 && brackets <= this.mostBrackets; brackets++) {
      const found = this.families.get(name.slice(0, at))?.find(name.slice(at + 1, -1));
      if (found) return found;
      at = name.indexOf('[', at + 1);
    }
    return undefined;
  }
}
