import { read } from '../policy/error-chain.js';

/** So many characters are looked at, at each end of a message; an outsider may have written it. */
const LONGEST_LOOK = 2000;
/** So many characters of a code or a name. */
const LONGEST_WORD = 200;
/** `Error: Connection lost.`: an error that was made a text. */
const AS_TEXT = /^Error: /;

/** Properties by which rules tell errors apart. */
const PROPERTIES = [
  ...[
    'code',
    'errno',
    'sqlState',
    'severity',
    'details',
    'hint',
    'errorCode',
    'meta',
    'errorLabels',
    'metadata',
  ],
  ...[
    'number',
    'lineNumber',
    'serverName',
    'procName',
    'class',
    'state',
    'isRecoverable',
    'errorNum',
    'errcode',
  ],
  ...['responseCode', 'command', 'type', 'classId', 'lde_message', 'syscall', 'retryable', 'retriable'],
  ...['$metadata', '$fault', '$retryable', 'CancellationReasons', 'data', 'body'],
  ...['upstreamStatus', 'getStatus', 'status', 'statusCode', 'response', 'headers', 'upstreamHeaders'],
  ...[
    'cause',
    'errors',
    'previousErrors',
    'replies',
    'getError',
    'original',
    'parent',
    'driverError',
    'nativeError',
  ],
  ...['originalError', 'reason', 'err', 'error', 'lastNodeError'],
] as const;

export type Property = (typeof PROPERTIES)[number];

const TELLING: ReadonlySet<string> = new Set(PROPERTIES);
const NONE: readonly string[] = [];
const STATUS_PROPERTIES = [
  'status',
  'statusCode',
  'response',
  'getStatus',
  'upstreamStatus',
  '$metadata',
] as const;
const HEADER_PROPERTIES = ['headers', 'response', 'upstreamHeaders'] as const;

/** One error, or what was thrown in its place, as the rules see it. Never throws. */
export class Look {
  /** The property `code`. */
  readonly code: unknown;
  /** The property `name`; of an error that is just called `Error`, the name of its class. */
  readonly name: string;
  private text: string | undefined = undefined;
  /** The telling properties that the error has: an error has few of them, and most rules ask for others. */
  private readonly properties: readonly string[];

  /** @param error - anything that was thrown; a text is its own message */
  constructor(
    readonly error: unknown,
    /** True for what an `RpcException` holds. */
    readonly isOfRpc = false,
  ) {
    this.properties = propertiesOf(error);
    const code = this.get('code');
    this.code = typeof code === 'string' ? code.slice(0, LONGEST_WORD) : code;
    this.name = nameOf(error).slice(0, LONGEST_WORD);
  }

  /** The message, of a long one both ends; empty if there is none. */
  get message(): string {
    return (this.text ??= this.readMessage());
  }

  /** A property that the error has, or its class; what a polluted `Object.prototype` holds is not one. */
  get(key: Property): unknown {
    return this.properties.includes(key) ? read(this.error, key) : undefined;
  }

  /** True if there is such a property, whatever its value. */
  has(key: Property): boolean {
    return this.properties.includes(key);
  }

  /** True for an error of Node's that only has a code, an error number of the system, and words. */
  get isOfSystem(): boolean {
    const { properties, name } = this;
    if (name !== 'Error' || properties.length > 3) return false;
    const errno = this.get('errno');
    if (errno !== undefined && !((errno as number) < 0)) return false;
    return properties.every((key) => key === 'code' || key === 'errno' || key === 'syscall');
  }

  /** True if the error may carry an HTTP status. */
  get mayHaveStatus(): boolean {
    return this.properties.length > 0 && STATUS_PROPERTIES.some((key) => this.has(key));
  }

  /** True if the error may carry the headers of an answer. */
  get mayHaveHeaders(): boolean {
    return this.properties.length > 0 && HEADER_PROPERTIES.some((key) => this.has(key));
  }

  private readMessage(): string {
    const { error } = this;
    const message = typeof error === 'string' ? error : read(error, 'message');
    if (typeof message !== 'string') return '';
    const isLong = message.length > 2 * LONGEST_LOOK;
    const seen = isLong ? message.slice(0, LONGEST_LOOK) + message.slice(-LONGEST_LOOK) : message;
    return seen.replace(AS_TEXT, '');
  }
}

/** Telling properties of classes: there are few classes, and many errors of each. */
const ofPrototypes = new WeakMap<object, readonly string[]>();

function propertiesOf(error: unknown): readonly string[] {
  if (typeof error !== 'object' || error === null) return NONE;
  try {
    // of a long list each index would be one
    if (Array.isArray(error) || ArrayBuffer.isView(error)) return NONE;
    const own = Object.getOwnPropertyNames(error).filter((key) => TELLING.has(key));
    const inherited = inheritedBy(Object.getPrototypeOf(error) as object | null);
    return inherited.length === 0 ? own : [...own, ...inherited];
  } catch {
    return NONE;
  }
}

function inheritedBy(prototype: object | null): readonly string[] {
  if (prototype === null || prototype === Error.prototype || prototype === Object.prototype) return NONE;
  const known = ofPrototypes.get(prototype);
  if (known) return known;
  const own = Object.getOwnPropertyNames(prototype).filter((key) => TELLING.has(key));
  const all = [...own, ...inheritedBy(Object.getPrototypeOf(prototype) as object | null)];
  ofPrototypes.set(prototype, all);
  return all;
}

function nameOf(error: unknown): string {
  const name = read(error, 'name');
  if (typeof name === 'string' && name !== 'Error') return name;
  const className = read(read(error, 'constructor'), 'name');
  return typeof className === 'string' && className !== 'Object' ? className : '';
}
