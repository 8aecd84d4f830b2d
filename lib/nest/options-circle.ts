import type { InjectionToken } from '@nestjs/common';
import type { Problems } from '../policy/problems.js';
import { decoratedMethodsOf } from './decorated-method.js';
import { dependenciesOf, find } from './dependencies.js';
import type { ModuleRef, Provided } from './dependencies.js';
import { objectsIn, prototypeOf } from './instance-wrappers.js';
import type { InstanceWrapper } from './instance-wrappers.js';

/** The tokens between which a circle would close. */
interface Ends {
  /** The options of the module. */
  readonly options: InjectionToken;
  /** What is made of them, and everything else of the library needs. */
  readonly application: InjectionToken;
}

const EXPECTED = 'options that need nothing of this library: read them by methods without its decorators';

/**
 * Tells of options whose factory needs a decorated class, however far away: the class waits for the application, and
 * the application for its options. Nest itself would wait without a word.
 */
export function tellOfOptionsCircle(module: ModuleRef, ends: Ends, problems: Problems): void {
  const start = find(ends.options, module);
  if (!start) return;
  const names = search(start, ends.application, new Set());
  if (names) problems.add('ResilienceModule.forRootAsync()', EXPECTED, names.join(' → '));
}

/** The names on the way to what needs the application. */
function search(
  from: Provided,
  application: InjectionToken,
  seen: Set<InstanceWrapper>,
): string[] | undefined {
  seen.add(from.wrapper);
  for (const needed of dependenciesOf(from)) {
    const isReady = isDecorated(needed.wrapper);
    if (isReady) return [`${nameOf(needed.wrapper)}, which has decorated methods`];
    if (needed.module.providers.get(application) === needed.wrapper) return [];
    if (seen.has(needed.wrapper)) continue;
    const names = search(needed, application, seen);
    if (names) return [nameOf(needed.wrapper), ...names].filter((name) => name !== '');
  }
  return undefined;
}

/** True for a class that has decorated methods, and for an instance of one. */
function isDecorated({ instance, metatype, inject }: InstanceWrapper): boolean {
  const isClass = typeof metatype === 'function' && !Array.isArray(inject);
  const prototypes = isClass ? objectsIn(metatype.prototype) : objectsIn(instance).flatMap(prototypeOf);
  return prototypes.some((prototype) => decoratedMethodsOf(prototype).length > 0);
}

/** The class of a provider, or else its token. */
function nameOf({ instance, metatype, inject, token }: InstanceWrapper & { token?: unknown }): string {
  if (typeof metatype === 'function' && !Array.isArray(inject)) return metatype.name;
  const [product] = objectsIn(instance);
  const { name } = (product as { constructor?: { name?: string } } | undefined)?.constructor ?? {};
  return name ?? (typeof token === 'function' ? token.name : String(token));
}
