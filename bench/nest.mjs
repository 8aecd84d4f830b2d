import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';

/** What TypeScript does with decorators above a method. */
export function decorate(Class, ...decorators) {
  const descriptor = Object.getOwnPropertyDescriptor(Class.prototype, 'call');
  for (const decorator of decorators.reverse()) decorator(Class.prototype, 'call', descriptor);
  Object.defineProperty(Class.prototype, 'call', descriptor);
  return Class;
}

/** A real application context; nothing is logged. */
export function start(imports, providers) {
  const module = { module: class Bench {}, imports, providers };
  return NestFactory.createApplicationContext(module, { logger: false });
}
