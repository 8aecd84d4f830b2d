import { ResilienceConfigurationError } from '../exceptions/resilience-configuration.error.js';
import type { AnyMethod } from '../nest/decorated-method.js';

/** The method that a decorator stands at. */
export interface MethodTarget {
  readonly prototype: object;
  readonly key: string | symbol;
  readonly descriptor: { value: AnyMethod };
}

const LEGACY =
  'a legacy decorator, as Nest needs: set "experimentalDecorators": true in tsconfig.json, or what esbuild, SWC and Babel call it';

/**
 * Finds the method that a decorator stands at.
 *
 * @throws ResilienceConfigurationError for a class, a static member, an accessor, a property, a parameter, and for a
 * standard (TC39) decorator
 */
export function methodTarget(decorator: string, target: readonly unknown[]): MethodTarget {
  const [prototype, key, descriptor] = target as [object, string | symbol, unknown];
  refuseStandard(decorator, target, LEGACY);
  const place = placeOf(target);
  if (typeof prototype === 'function' && key === undefined) {
    const expected = `a method; for all methods of a class write @Resilient('policy')`;
    throw refusal(`${place} ${decorator}`, expected, 'a class');
  }
  const what = memberAt(target);
  if (what !== 'a method') throw refusal(`${place} ${decorator}`, `an instance method${cureOf(what)}`, what);
  return { prototype, key, descriptor: descriptor as MethodTarget['descriptor'] };
}

/**
 * Checks that a decorator was called, and not put there by its name.
 *
 * @throws ResilienceConfigurationError that says what to write
 */
export function checkParentheses(decorator: string, args: readonly unknown[]): void {
  const expected = `parentheses: write ${decorator}()`;
  refuseStandard(decorator, args, `${LEGACY}; and write ${decorator}()`);
  const isMember = isObjectOrClass(args[0]) && isKey(args[1]);
  const isParameter = typeof args[2] === 'number';
  // a fallback is a function too
  const isOnClass = args.length === 1 && isClass(args[0], decorator !== '@Fallback');
  if (!isMember && !isParameter && !isOnClass) return;
  throw refusal(`${placeOf(args)} ${decorator}`, expected, 'none');
}

/** Refuses decorators as the standard calls them: with the value, and a context that says what it is. */
function refuseStandard(decorator: string, args: readonly unknown[], expected: string): void {
  const [value, context] = args as [
    { name?: unknown } | undefined,
    { kind?: unknown; name?: unknown } | undefined,
  ];
  if (args.length !== 2 || typeof context !== 'object' || context === null) return;
  if (typeof context.kind !== 'string' || !('addInitializer' in context || 'metadata' in context)) return;
  const name = context.kind === 'class' ? value?.name : context.name;
  throw refusal(`${String(name)} ${decorator}`, expected, `a standard (TC39) one, at a ${context.kind}`);
}

/** The error of a decorator at a class that declares no public method. */
export function nothingToProtect(decorator: string, name: string): ResilienceConfigurationError {
  const expected =
    'a class that declares public methods: inherited ones and functions in properties are none';
  return refusal(`${name} ${decorator}`, expected, 'a class without');
}

function memberAt([prototype, , descriptor]: readonly unknown[]): string {
  if (typeof prototype === 'function') return 'a static member';
  if (typeof descriptor === 'number') return 'a parameter';
  const { value, get, set } = (descriptor ?? {}) as { value?: unknown; get?: unknown; set?: unknown };
  if (typeof value === 'function') return 'a method';
  return get || set ? 'an accessor' : 'a property';
}

function cureOf(what: string): string {
  if (what === 'a static member')
    return ': only instances belong to an application, so make it one of theirs';
  return what === 'a parameter' ? '' : `: write ${what} as a method`;
}

/** `Class.member`, or the class. */
function placeOf([target, key]: readonly unknown[]): string {
  const { constructor } = Object(target) as { constructor: { name: string } };
  const { name } = typeof target === 'function' ? target : constructor;
  return isKey(key) ? `${name}.${String(key)}` : name;
}

function isKey(value: unknown): value is string | symbol {
  return typeof value === 'string' || typeof value === 'symbol';
}

function isObjectOrClass(value: unknown): boolean {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function isClass(value: unknown, isAnyFunction: boolean): boolean {
  if (typeof value !== 'function') return false;
  return isAnyFunction || /^class\b/.test(Function.prototype.toString.call(value));
}

function refusal(path: string, expected: string, got: string): ResilienceConfigurationError {
  return new ResilienceConfigurationError([{ path, expected, got }]);
}
