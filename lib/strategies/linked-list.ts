/** A link of a {@link LinkedList}. */
export interface ListNode<N> {
  before: N | undefined;
  after: N | undefined;
}

/**
 * Members in the order in which they came; each leaves from any place in constant time. Unlike a `Set`, whose
 * outgrown tables keep what they held alive until the next full collection, it lets go of everything that has left:
 * with thousands of calls coming and going that is most of the collector's work.
 */
export class LinkedList<N extends ListNode<N>> {
  first: N | undefined = undefined;
  last: N | undefined = undefined;
  length = 0;

  add(link: N): void {
    const { last } = this;
    link.before = last;
    if (last) last.after = link;
    else this.first = link;
    this.last = link;
    this.length++;
  }

  /** Puts a link in front of one that is in the chain. */
  addBefore(after: N, link: N): void {
    const { before } = after;
    link.before = before;
    link.after = after;
    after.before = link;
    if (before) before.after = link;
    else this.first = link;
    this.length++;
  }

  /** False if it has left before. */
  remove(link: N): boolean {
    if (link.before === undefined && this.first !== link) return false;
    if (link.before) link.before.after = link.after;
    else this.first = link.after;
    if (link.after) link.after.before = link.before;
    else this.last = link.before;
    // one that has grown old must not keep all that came after it alive
    link.before = undefined;
    link.after = undefined;
    this.length--;
    return true;
  }

  /** Takes the first one out. */
  shift(): N | undefined {
    const { first } = this;
    if (first) this.remove(first);
    return first;
  }
}

/** A member of a {@link LinkedList} that waits for something: a turn, an abort, the end of the application. */
export class Waiter implements ListNode<Waiter> {
  before: Waiter | undefined = undefined;
  after: Waiter | undefined = undefined;

  /** @param notify - called once, after the waiter has left the chain */
  constructor(readonly notify: () => void) {}
}
