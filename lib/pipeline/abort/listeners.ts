import { LinkedList, Waiter } from '../../strategies/linked-list.js';

/** A member that wants to be told of one thing. */
export type Listener = Waiter;

/** Those who want to be told of one thing, once. */
export class Listeners extends LinkedList<Waiter> {
  /** Calls `notify` unless the listener that it returns is removed before. */
  listen(notify: () => void): Listener {
    const listener = new Waiter(notify);
    this.add(listener);
    return listener;
  }

  /** Notifies every listener, after it has left the list. */
  notifyAll(): void {
    for (let next = this.shift(); next; next = this.shift()) next.notify();
  }
}
