import { parseBase } from '../request/request-url.js';
import type { ParsedBase } from '../request/request-url.js';
import { basicOf } from '../request/url-credentials.js';

/** One endpoint of a client. */
export class Endpoint {
  readonly base: ParsedBase;
  /** The arguments by which its slots are found. */
  readonly args: readonly [string];
  /** `Basic …` if its URL holds credentials. */
  readonly authorization: string | undefined;

  constructor(href: string) {
    this.base = parseBase(href);
    this.args = [this.base.origin];
    const { username, password } = new URL(href);
    this.authorization = basicOf(username, password);
  }

  get origin(): string {
    return this.base.origin;
  }
}
