import {
  keyOfArguments,
  keyOfClass,
  keyOfValue,
  keyWithin,
  needsCacheKey,
  needsKey,
  NO_KEY,
  uselessKey,
} from './call-key.js';
import type { CacheKey, MapKey } from './call-key.js';
import type { WrappedCall } from './call-wrapper.js';

/** In the place of a call's key: a caller that could have brought one has brought none. */
export const NOT_GIVEN = Symbol('no key was given');

/** In the place of a call's key: its answer is neither kept nor shared. */
export const UNKEPT = Symbol('neither kept nor shared');

/**
 * The classes whose instances have a method. Subclasses have answers of their own: what two repositories inherit from one class is
 * not the same.
 */
export class Classes {
  private readonly names = new Map<unknown, string>();
  private lastType: unknown = undefined;
  private lastName = '';

  /** @param declaring - the name of the class that declares the method, and so needs none in its keys */
  constructor(private readonly declaring: string) {}

  /** The names that stand in keys; an empty text for the declaring class. */
  get all(): string[] {
    return ['', ...new Set(this.names.values())].filter((name, index) => index === 0 || name !== '');
  }

  /** The name of the class of an instance in its keys. */
  of(self: unknown): string {
    const type = (self as { constructor?: unknown } | null | undefined)?.constructor;
    if (type === this.lastType) return this.lastName;
    const name = this.names.get(type) ?? this.add(type);
    this.lastType = type;
    return (this.lastName = name);
  }

  private add(type: unknown): string {
    const { name } = (typeof type === 'function' ? type : {}) as { name?: string };
    const taken = [...this.names.keys()].filter(
      (other) => (other as { name?: string } | undefined)?.name === name,
    );
    const isDeclaring = name === undefined || (name === this.declaring && taken.length === 0);
    const isNumbered = taken.length > 0 || name === '';
    const made = isDeclaring ? '' : isNumbered ? `${name}#${taken.length + 1}` : name;
    this.names.set(type, made);
    return made;
  }
}

/** The way in which the calls of one strategy get their keys. */
export class KeySource {
  /** @param strategy - for messages, such as `cache` */
  constructor(
    private readonly name: string,
    private readonly classes: Classes,
    private readonly strategy: string,
    private readonly key: ((...args: never[]) => CacheKey) | undefined,
  ) {}

  /** The key of a call among those of its tenant. Throws what a `key` function throws, and where there is no key. */
  keyOf(self: unknown, args: readonly unknown[], attemptAt?: number, cacheKey?: unknown): MapKey {
    const { name, strategy, key, classes } = this;
    const isGiven = cacheKey !== undefined && cacheKey !== NOT_GIVEN;
    if (isGiven || key) {
      const value: unknown = isGiven ? cacheKey : Reflect.apply(key as () => unknown, self, args);
      const made = value === undefined ? NO_KEY : keyOfValue(value);
      if (made === NO_KEY) {
        ignoreRejection(value);
        throw uselessKey(name, strategy, value);
      }
      return isGiven ? made : ofClass(classes.of(self), made);
    }
    const made = cacheKey === NOT_GIVEN ? NO_KEY : keyOfArguments(args, attemptAt);
    if (made === NO_KEY)
      throw cacheKey === NOT_GIVEN ? needsCacheKey(strategy) : needsKey(name, strategy, args);
    return ofClass(classes.of(self), made);
  }
}

function ofClass(name: string, key: MapKey): MapKey {
  return name === '' ? key : keyOfClass(name, key);
}

/** The key of a call, for all classes that are known to have the method. */
export function keysOfAllClasses(classes: Classes, key: MapKey): MapKey[] {
  return classes.all.map((name) => ofClass(name, key));
}

/** The tenant of this moment; undefined where the application has none. Throws what the `partition` function throws. */
export function partitionNow(partition: (() => string) | undefined): string | undefined {
  if (!partition) return undefined;
  const tenant: unknown = partition();
  if (typeof tenant === 'string') return tenant;
  ignoreRejection(tenant);
  // calls without a tenant would share their answers with each other
  throw new TypeError(`cache.partition: expected to return a text, got ${typeof tenant}`);
}

/** Ignores the end of a promise in the place of a key: the call fails for that reason alone. */
function ignoreRejection(value: unknown): void {
  if (value instanceof Promise) value.catch(() => undefined);
}

/** The key of a call as answers have it that came while it waited; undefined if that is not known. */
export function keyAsJudged({ answers }: WrappedCall, partition: string | undefined): MapKey {
  const key = answers.judge?.keyNow();
  return key === undefined ? undefined : keyOfTenant(partition, keyOfValue(key));
}

/** The whole key of a call. */
export function keyOfTenant(partition: string | undefined, key: MapKey): MapKey {
  return partition === undefined ? key : keyWithin(partition, key);
}
