/** A link of a {@link Chain}. */
export interface Link<N> {
  before: N | undefined;
  after: N | undefined;
  isLinked: boolean;
}

/**
 * Members in the order in which they came; each leaves in constant time. Unlike a `Set`, whose outgrown tables keep
 * what they held alive until the next full collection, it lets go of everything that has left: with a thousand
 * calls a second coming and going that is most of the collector's work.
 */
export class Chain<N extends Link<N>> {
  first: N | undefined = undefined;
  private last: N | undefined = undefined;

  add(link: N): void {
    link.isLinked = true;
    link.before = this.last;
    if (this.last) this.last.after = link;
    else this.first = link;
    this.last = link;
  }

  /** False if it has left before. */
  remove(link: N): boolean {
    if (!link.isLinked) return false;
    link.isLinked = false;
    if (link.before) link.before.after = link.after;
    else this.first = link.after;
    if (link.after) link.after.before = link.before;
    else this.last = link.before;
    // one that has grown old must not keep all that came after it alive
    link.before = undefined;
    link.after = undefined;
    return true;
  }
}

/** A member that wants to be told of one thing. */
export interface Listener extends Link<Listener> {
  readonly tell: () => void;
}

/** A listener that is not yet in a chain. */
export function listener(tell: () => void): Listener {
  return { tell, before: undefined, after: undefined, isLinked: false };
}

/** Tells all listeners, each of which leaves first. */
export function tellAll(chain: Chain<Listener>): void {
  for (let next = chain.first; next; next = chain.first) {
    chain.remove(next);
    next.tell();
  }
}
