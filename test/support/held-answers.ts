import type { Socket } from 'node:net';
import { answer } from './fault-server/fault-server.js';
import type { Arrived } from './fault-server/fault-server.js';

/** Requests that a server has received, and answers when it is told to. */
export class HeldAnswers {
  private readonly held: [Socket, Arrived][] = [];

  /** To be played by a `FaultServer`. */
  readonly behaviour = (socket: Socket, request: Arrived): void => void this.held.push([socket, request]);

  get count(): number {
    return this.held.length;
  }

  /** The paths of the requests that are held, in the order of their arrival. */
  get paths(): string[] {
    return this.held.map(([, { path }]) => path);
  }

  /** Answers the one that has been held for longest. */
  release(behaviour = answer(200, 'released')): void {
    const first = this.held.shift();
    if (first) behaviour(...first);
  }

  releaseAll(): void {
    while (this.held.length > 0) this.release();
  }
}
