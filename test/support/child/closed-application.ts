import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ResilienceModule, ResilienceService, Retryable } from 'nestjs-breakwater';

class Work {
  @Retryable()
  async run(): Promise<string> {
    return 'done';
  }
}

/** An application that has made a call and has closed; what is left of it. */
async function closedApplication(): Promise<WeakRef<object>> {
  class AppModule {}
  Module({ imports: [ResilienceModule.forRoot()], providers: [Work] })(AppModule);
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  await app.get(Work).run();
  const left = new WeakRef<object>(app.get(ResilienceService));
  await app.close();
  return left;
}

const left = await closedApplication();
for (let round = 0; round < 50 && left.deref(); round++) {
  await new Promise((resolve) => setImmediate(resolve));
  globalThis.gc?.();
}
console.log(left.deref() ? 'held' : 'gone');
