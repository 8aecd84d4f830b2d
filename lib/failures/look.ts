import { read } from '../policy/error-chain.js';

/** So many characters of a message are looked at; an outsider may have written it. */
const LONGEST_LOOK = 2000;

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
    this.code = field(error, 'code');
    this.name = nameOf(error);
  }

  /** The beginning of the message; empty if there is none. */
  get message(): string {
    return (this.text ??= this.readMessage());
  }

  /** A property that the error has, or its class; what a polluted `Object.prototype` holds is not one. */
  get(key: string): unknown {
    return field(this.error, key);
  }

  /** True if there is such a property, whatever its value. */
  has(key: string): boolean {
    const { error } = this;
    if (typeof error !== 'object' || error === null) return false;
    try {
      return key in error && !(key in Object.prototype);
    } catch {
      return false;
    }
  }

  private readMessage(): string {
    const message = typeof this.error === 'string' ? this.error : this.get('message');
    return typeof message === 'string' ? message.slice(0, LONGEST_LOOK) : '';
  }
}

/** Reads a property, but not what everything inherits. */
export function field(error: unknown, key: string): unknown {
  const value = read(error, key);
  if (value === undefined || !(key in Object.prototype)) return value;
  return value === read(Object.prototype, key) ? undefined : value;
}

function nameOf(error: unknown): string {
  const name = field(error, 'name');
  if (typeof name === 'string' && name !== 'Error') return name;
  const className = read(read(error, 'constructor'), 'name');
  return typeof className === 'string' && className !== 'Object' ? className : '';
}
