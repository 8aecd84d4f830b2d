import { LinkedList, Waiter } from '../../strategies/linked-list.js';

/** A listener to one event, such as the end of the application. */
export type Listener = Waiter;

/** The listeners to one event, each of which is notified once. */
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
