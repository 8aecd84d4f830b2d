import { Chain } from '../strategies/chain.js';
import type { Link } from '../strategies/chain.js';

/** A member that wants to be told of one thing. */
export interface Listener extends Link<Listener> {
  readonly tell: () => void;
}

/** Those who want to be told of one thing, once. */
export class Listeners {
  private readonly chain = new Chain<Listener>();

  get isEmpty(): boolean {
    return this.chain.first === undefined;
  }

  add(tell: () => void): Listener {
    const member: Listener = { tell, before: undefined, after: undefined };
    this.chain.add(member);
    return member;
  }

  /** False if it has left or was told before. */
  remove(member: Listener): boolean {
    return this.chain.remove(member);
  }

  /** Tells everybody, each of whom leaves first. */
  tellAll(): void {
    for (let next = this.chain.shift(); next; next = this.chain.shift()) next.tell();
  }
}
