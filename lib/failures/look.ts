import { read } from '../policy/error-chain.js';
import { statusOf } from '../policy/http-status.js';
import { BITS, bitsOf } from './properties.js';
import type { Property } from './properties.js';

/** So many characters are looked at, at each end of a message; an outsider may have written it. */
const LONGEST_LOOK = 2000;
/** So many characters of a code or a name. */
const LONGEST_WORD = 200;
/** `Error: Connection lost.`: an error that was made a text. */
const AS_TEXT = 'Error: ';

const STATUS = bitsOf(['status', 'statusCode', 'response', 'getStatus', 'upstreamStatus', '$metadata']);
const HEADERS = bitsOf(['headers', 'upstreamHeaders']);
const RESPONSE = bitsOf(['response']);

/** Beginnings of messages by which rules know an error that has no code. */
const TELLING =
  /^(?:Undefined binding|Operation |Unable to acquire|Connection|Channel closed|Disconnected from|Handshake |Expected Conn|Proxy response |Invalid topic |invalid \w+ name|timeout$|connack |Keepalive |client disc)/;

/** True if the beginning of a message may tell something. */
export const isTelling = (message: string): boolean => TELLING.test(message);

/** One error, or what was thrown in its place, as the rules see it. Never throws. */
export class Look {
  /** The property `code`. */
  readonly code: unknown;
  /** The property `name`; of an error that is just called `Error`, the name of its class. */
  readonly name: string;
  /** The bits of the marks that the error has. */
  readonly marks: number;
  private text: string | undefined = undefined;
  private hasWords: boolean | undefined = undefined;
  private foundStatus: number | null | undefined = undefined;
  /** The telling properties that the error has: an error has few of them, and most rules ask for others. */
  private readonly properties: readonly string[];

  /** @param error - anything that was thrown; a text is its own message */
  constructor(
    readonly error: unknown,
    /** True for what an `RpcException` holds. */
    readonly isOfRpc = false,
  ) {
    const { marks, properties } = telling(error);
    this.marks = marks;
    this.properties = properties;
    const code = this.get('code');
    this.code = typeof code === 'string' ? short(code) : code;
    this.name = nameOf(error);
  }

  /** The message, of a long one both ends; empty if there is none. */
  get message(): string {
    return (this.text ??= this.readMessage());
  }

  /** True if the beginning of the message may tell something. */
  get hasTellingWords(): boolean {
    return (this.hasWords ??= isTelling(this.message));
  }

  /** The HTTP status that the error carries, if it carries one. */
  get status(): number | undefined {
    if ((this.marks & STATUS) === 0) return undefined;
    if (this.foundStatus === undefined) this.foundStatus = statusOf(this.error) ?? null;
    return this.foundStatus ?? undefined;
  }

  /** True if the error may carry the headers of an answer. */
  get mayHaveHeaders(): boolean {
    if ((this.marks & HEADERS) !== 0) return true;
    if ((this.marks & RESPONSE) === 0) return false;
    const response = this.get('response');
    return read(response, 'headers') !== undefined || read(response, 'upstreamHeaders') !== undefined;
  }

  /** True if the error says what it comes from. */
  get hasCause(): boolean {
    const cause = this.get('cause');
    return cause !== undefined && cause !== null;
  }

  /** A property that the error has, or its class; what a polluted `Object.prototype` holds is not one. */
  get(key: Property): unknown {
    return this.properties.includes(key) ? read(this.error, key) : undefined;
  }

  /** True if there is such a property, whatever its value. */
  has(key: Property): boolean {
    return this.properties.includes(key);
  }

  private readMessage(): string {
    const { error } = this;
    const message = typeof error === 'string' ? error : read(error, 'message');
    if (typeof message !== 'string') return '';
    const isLong = message.length > 2 * LONGEST_LOOK;
    const seen = isLong ? message.slice(0, LONGEST_LOOK) + message.slice(-LONGEST_LOOK) : message;
    return seen.startsWith(AS_TEXT) ? seen.slice(AS_TEXT.length) : seen;
  }
}

const short = (word: string) => (word.length > LONGEST_WORD ? word.slice(0, LONGEST_WORD) : word);

/** The telling properties of an error, or of a class of errors. */
interface Telling {
  readonly properties: readonly string[];
  readonly marks: number;
}

const NOTHING: Telling = { properties: [], marks: 0 };

/** Properties of classes: there are few classes, and many errors of each. */
const ofPrototypes = new WeakMap<object, Telling>([[Error.prototype, NOTHING]]);

function telling(error: unknown): Telling {
  if (typeof error !== 'object' || error === null) return NOTHING;
  try {
    // of a long list each index would be one
    if (Array.isArray(error) || ArrayBuffer.isView(error)) return NOTHING;
    return withOwn(error, inheritedBy(Object.getPrototypeOf(error) as object | null));
  } catch {
    return NOTHING;
  }
}

function withOwn(error: object, inherited: Telling): Telling {
  const properties: string[] = [];
  let { marks } = inherited;
  for (const key of Object.getOwnPropertyNames(error)) {
    const bit = BITS.get(key);
    if (bit === undefined) continue;
    properties.push(key);
    marks |= bit;
  }
  if (inherited.properties.length > 0) properties.push(...inherited.properties);
  return { properties, marks };
}

function inheritedBy(prototype: object | null): Telling {
  if (prototype === null || prototype === Object.prototype) return NOTHING;
  const known = ofPrototypes.get(prototype);
  if (known) return known;
  const all = withOwn(prototype, inheritedBy(Object.getPrototypeOf(prototype) as object | null));
  ofPrototypes.set(prototype, all);
  return all;
}

/** The name of an error; of one that is just called `Error`, the name of its class. Never throws. */
export function nameOf(error: unknown): string {
  const name = read(error, 'name');
  return short(typeof name === 'string' && name !== 'Error' ? name : classOf(error));
}

function classOf(error: unknown): string {
  const constructor = read(error, 'constructor');
  const className = constructor === Error ? 'Error' : read(constructor, 'name');
  return typeof className === 'string' && className !== 'Object' ? className : '';
}
