import { hasOfItsOwn, read, tryOrUndefined } from '../policy/error-chain.js';

/** So many characters are looked at, at each end of a message; an outsider may have written it. */
const LONGEST_LOOK = 2000;
/** So many characters of a code or a name. */
const LONGEST_WORD = 200;
/** `Error: Connection lost.`: an error that was made a text. */
const AS_TEXT = /^Error: /;

/** One error, or what was thrown in its place, as the rules see it. Never throws. */
export class Look {
  /** The property `code`. */
  readonly code: unknown;
  /** The property `name`; of an error that is just called `Error`, the name of its class. */
  readonly name: string;
  private text: string | undefined = undefined;

  /** @param error - anything that was thrown; a text is its own message */
  constructor(
    readonly error: unknown,
    /** True for what an `RpcException` holds. */
    readonly isOfRpc = false,
  ) {
    const code = read(error, 'code');
    this.code = typeof code === 'string' ? code.slice(0, LONGEST_WORD) : code;
    this.name = nameOf(error).slice(0, LONGEST_WORD);
  }

  /** The message, of a long one both ends; empty if there is none. */
  get message(): string {
    return (this.text ??= this.readMessage());
  }

  /** A property that the error has, or its class; what a polluted `Object.prototype` holds is not one. */
  get(key: string): unknown {
    return read(this.error, key);
  }

  /** True if there is such a property, whatever its value. */
  has(key: string): boolean {
    const { error } = this;
    if (typeof error !== 'object' || error === null) return false;
    return tryOrUndefined(() => key in error && hasOfItsOwn(error, key)) ?? false;
  }

  private readMessage(): string {
    const { error } = this;
    const message = typeof error === 'string' ? error : this.get('message');
    if (typeof message !== 'string') return '';
    const isLong = message.length > 2 * LONGEST_LOOK;
    const seen = isLong ? message.slice(0, LONGEST_LOOK) + message.slice(-LONGEST_LOOK) : message;
    return seen.replace(AS_TEXT, '');
  }
}

function nameOf(error: unknown): string {
  const name = read(error, 'name');
  if (typeof name === 'string' && name !== 'Error') return name;
  const className = read(read(error, 'constructor'), 'name');
  return typeof className === 'string' && className !== 'Object' ? className : '';
}
