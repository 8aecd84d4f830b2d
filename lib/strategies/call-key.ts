import { ResilienceConfigurationError } from '../exceptions/resilience-configuration.error.js';
import { isAbortSignal } from '../policy/abort-signal.js';

/** A value that a key may be made of. @public */
export type CacheKey = string | number | bigint | boolean | null | undefined | readonly CacheKey[];

/**
 * A key as a `Map` compares it: a single value as it is, told apart by type, `-0` being 0 and NaN itself; anything else as a text that
 * begins with {@link MARK}.
 */
export type MapKey = unknown;

/** The beginning of the text of a key; a single text that begins with it is written as such a text, too. */
const MARK = '\0';

/** Returned where the arguments of a call make no key. */
export const NO_KEY = Symbol('no key');

/** The key of the arguments of a call; {@link NO_KEY} if they are not all plain values. */
export function keyOfArguments(args: readonly unknown[], attemptAt?: number): MapKey {
  if (args.length === 1 && attemptAt === undefined) {
    const only = args[0];
    if (isOfItself(only)) return only;
  }
  return keyOfMany(args, attemptAt);
}

function keyOfMany(args: readonly unknown[], attemptAt: number | undefined): MapKey {
  const values = args.map((arg, index) =>
    index === attemptAt ? undefined : withoutSignal(arg, args, index),
  );
  while (values.length > 0 && values[values.length - 1] === undefined) values.pop();
  if (!values.every(isPlain)) return NO_KEY;
  if (values.length === 0) return undefined;
  if (values.length === 1 && isOfItself(values[0])) return values[0];
  return MARK + values.map(textOfPlain).join('');
}

/** The key of what a `key` function has returned or a caller says; {@link NO_KEY} for anything but plain values and lists of them. */
export function keyOfValue(value: unknown): MapKey {
  if (isOfItself(value)) return value;
  const text = Array.isArray(value) ? textOfList(value as readonly unknown[]) : undefined;
  if (text !== undefined) return MARK + text;
  return isPlain(value) ? MARK + textOfPlain(value) : NO_KEY;
}

/** The beginning of the key of every list whose first member is this one. */
export function listBeginning(first: unknown): MapKey {
  return `${MARK}[${Array.isArray(first) ? (textOfList(first as readonly unknown[]) ?? '') : textOfPlain(first)}`;
}

/** The whole key of a call of one tenant. */
export function keyWithin(partition: string, key: MapKey): MapKey {
  return `${MARK}@${textOfPlain(partition)}${textOfKey(key)}`;
}

/** The key of a call on an instance of another class than the one that declares the method. */
export function keyOfClass(name: string, key: MapKey): MapKey {
  return `${MARK}%${textOfPlain(name)}${textOfKey(key)}`;
}

/** A text that is the same for the same key, and for no other. */
export function textOfKey(key: MapKey): string {
  return typeof key === 'string' && key.startsWith(MARK) ? key : MARK + textOfPlain(key);
}

/** The error of a call whose arguments make no key. */
export function needsKey(name: string, strategy: string, args: readonly unknown[]): Error {
  const index = args.findIndex((arg, at) => !isPlain(withoutSignal(arg, args, at)));
  const expected = `a function that makes a key of the arguments, as argument ${index + 1} is no plain value`;
  return new ResilienceConfigurationError([{ path: `${name}: ${strategy}.key`, expected, got: undefined }]);
}

/** The error of an `execute` without a key. */
export function needsCacheKey(strategy: string): Error {
  const expected = `a key, or a key in its place, because the policy has the strategy ${strategy}`;
  return new ResilienceConfigurationError([{ path: 'execute.cacheKey', expected, got: undefined }]);
}

/** The error of a call whose `key` function has returned what makes no key. */
export function uselessKey(name: string, strategy: string, got: unknown): Error {
  const expected = 'to return a text, a number, a boolean, null, or a list of them';
  const shown = got === undefined ? got : typeof got;
  return new ResilienceConfigurationError([{ path: `${name}: ${strategy}.key`, expected, got: shown }]);
}

/** True for a value that is its own key: all plain values but texts that look like the text of a key. */
function isOfItself(value: unknown): boolean {
  if (typeof value === 'string') return value.charCodeAt(0) !== 0;
  return isPlain(value);
}

function isPlain(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
    case 'undefined':
      return true;
    default:
      return value === null;
  }
}

/** An abort is no part of a key, nor is a last argument that holds nothing else. */
function withoutSignal(arg: unknown, args: readonly unknown[], index: number): unknown {
  if (typeof arg !== 'object' || arg === null) return arg;
  if (isAbortSignal(arg)) return undefined;
  const keys = index === args.length - 1 ? Reflect.ownKeys(arg) : [];
  const [only] = keys;
  if (keys.length !== 1 || only !== 'signal' || Object.getPrototypeOf(arg) !== Object.prototype) return arg;
  const { signal } = arg as { signal?: unknown };
  return signal === undefined || isAbortSignal(signal) ? undefined : arg;
}

/** The text of a plain value; each says where it ends. */
function textOfPlain(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `s${value.length}:${value}`;
    case 'number':
      return `n${String(value)};`;
    case 'bigint':
      return `i${String(value)};`;
    case 'boolean':
      return value ? 't' : 'f';
    case 'undefined':
      return 'u';
    default:
      return 'z';
  }
}

/** Lists within lists: a list that holds itself is as deep as any. */
const DEEPEST = 16;

function textOfList(list: readonly unknown[], depth = 0): string | undefined {
  if (depth > DEEPEST) return undefined;
  let text = '[';
  for (const value of list) {
    const part = Array.isArray(value)
      ? textOfList(value as readonly unknown[], depth + 1)
      : isPlain(value)
        ? textOfPlain(value)
        : undefined;
    if (part === undefined) return undefined;
    text += part;
  }
  return `${text}]`;
}
