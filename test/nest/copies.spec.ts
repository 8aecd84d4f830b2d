import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Scope } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import * as first from 'nestjs-breakwater';

type Library = typeof first;

/** Another copy of the library in the same process. */
async function loadAgain(): Promise<Library> {
  jest.resetModules();
  return import('nestjs-breakwater');
}

afterEach(() => {
  jest.resetModules();
});

/** A class whose one method a copy has decorated. */
function decoratedBy({ Retryable }: Library) {
  class Payments {
    @Retryable({ maxRetries: 5, baseDelay: 0 })
    async charge(): Promise<void> {
      throw new Error('not now');
    }
  }
  return Payments;
}

const start = (...providers: unknown[]) =>
  Test.createTestingModule({
    imports: [first.ResilienceModule.forRoot()],
    providers: providers as never,
  }).compile();

describe('a class that a second copy of the package has decorated', () => {
  it('is an error that names both files and what loads a copy', async () => {
    const starting = start(decoratedBy(first), decoratedBy(await loadAgain()));
    await expect(starting).rejects.toThrow(/Payments\.charge @Retryable: expected .*jest\.resetModules\(\)/);
    await expect(starting).rejects.toThrow(/module, which is \S*package-copy.*got ".*package-copy/);
  });

  it.each<[string, (type: new () => object) => unknown]>([
    ['a value', (type) => ({ provide: 'payments', useValue: new type() })],
    ['the product of a factory', (type) => ({ provide: 'payments', useFactory: () => new type() })],
    ['made for each request', (type) => ({ provide: 'payments', useClass: type, scope: Scope.REQUEST })],
  ])('is an error as %s', async (_what, provided) => {
    const type = decoratedBy(await loadAgain());
    const starting = start(provided(type)).then((module) => module.init());
    await expect(starting).rejects.toThrow('decorators of the same copy of nestjs-breakwater');
  });

  it('is an error where it inherits from a class of the first copy', async () => {
    const Base = decoratedBy(first);
    const second = await loadAgain();
    class Derived extends Base {
      @second.Timeout('2s')
      async refund(): Promise<void> {}
    }
    await expect(start(Derived)).rejects.toThrow('Derived.refund @Timeout');
  });

  it('is an error when a module makes it later', async () => {
    const module = await start(decoratedBy(first));
    const type = decoratedBy(await loadAgain());
    await expect(module.get(ModuleRef).create(type)).rejects.toThrow(
      'Payments: expected decorators of the same',
    );
    await module.close();
  });
});
