import type { MethodKind } from '../pipeline/methods/method-handler.js';

const KIND_BY_TYPE: Readonly<Record<string, MethodKind>> = {
  '[object AsyncFunction]': 'promise',
  '[object AsyncGeneratorFunction]': 'iterable',
};

/** Derives what a method returns from the function itself and from the type that the compiler has left (`emitDecoratorMetadata`). */
export function declaredKind(prototype: object, key: string | symbol, method: object): MethodKind {
  const known = KIND_BY_TYPE[Object.prototype.toString.call(method)];
  if (known) return known;
  const type: unknown = Reflect.getMetadata('design:returntype', prototype, key);
  if (type === Promise) return 'promise';
  return isObservableClass(type) ? 'observable' : 'unknown';
}

/** `Observable` of whatever installed copy, or a subclass. */
function isObservableClass(type: unknown): boolean {
  if (typeof type !== 'function') return false;
  const { subscribe, pipe } = (type.prototype ?? {}) as { subscribe?: unknown; pipe?: unknown };
  return typeof subscribe === 'function' && typeof pipe === 'function';
}
