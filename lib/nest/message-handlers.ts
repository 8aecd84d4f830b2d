import type { ModulesContainer } from '@nestjs/core';

/** Where `@MessagePattern`, `@EventPattern`, `@GrpcMethod` and their kin keep what they were given. */
const PATTERN_METADATA = 'microservices:pattern';

/** True if a controller of the application answers messages, events or gRPC calls. */
export function hasMessageHandlers(modules: ModulesContainer): boolean {
  for (const { controllers } of modules.values())
    for (const { metatype } of controllers.values())
      if (typeof metatype === 'function' && hasHandler(metatype.prototype as unknown)) return true;
  return false;
}

function hasHandler(prototype: unknown): boolean {
  for (let one = prototype; isPrototype(one); one = Object.getPrototypeOf(one) as unknown)
    for (const { value } of Object.values(Object.getOwnPropertyDescriptors(one)))
      if (typeof value === 'function' && Reflect.hasMetadata(PATTERN_METADATA, value as object)) return true;
  return false;
}

function isPrototype(value: unknown): value is object {
  return typeof value === 'object' && value !== null && value !== Object.prototype;
}
