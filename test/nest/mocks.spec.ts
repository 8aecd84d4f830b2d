import { describe, expect, it, jest } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { ResilienceModule, ResilientHttpService, Retryable, Timeout } from 'nestjs-breakwater';

@Injectable()
class Payments {
  calls = 0;

  constructor(readonly http: ResilientHttpService) {}

  @Retryable()
  @Timeout('2s')
  async charge(): Promise<string> {
    this.calls++;
    return `charged in call ${this.calls}`;
  }
}

/** A mock that answers to everything, all the way down, as `createMock()` makes them. */
function deepMock(): object {
  const answers = new Map<string | symbol, unknown>();
  return new Proxy(() => deepMock(), {
    get(_target, key) {
      if (key === 'then') return undefined;
      if (!answers.has(key)) answers.set(key, deepMock());
      return answers.get(key);
    },
    has: () => true,
  });
}

/** A mock of the token itself, as `useMocker(createMock)` makes it: of objects and classes, not of symbols. */
const mockOf = (token: unknown) =>
  new Proxy(token as object, { get: (_target, key) => `mocked ${String(key)}` });

/** The recipe of Nest's documentation, which mocks classes and nothing else. */
const mockOfClass = (token: unknown) => (typeof token === 'function' ? {} : undefined);

describe('a decorated class whose dependencies are all mocked', () => {
  it.each<[string, (token: unknown) => unknown]>([
    ['an object', () => ({ get: () => 'mocked' })],
    ['a function', () => jest.fn()],
    ['a frozen object', () => Object.freeze({})],
    ['a mock of the token', mockOf],
    ['a mock of classes only', mockOfClass],
    ['a mock that answers to everything', deepMock],
    [
      'one with the methods of the library',
      () => ({ entry: () => undefined, isClosing: false, shared: new Set() }),
    ],
  ])('runs its methods bare: %s', async (_what, mock) => {
    const module = await Test.createTestingModule({ providers: [Payments] })
      .useMocker(mock)
      .compile();
    const payments = module.get(Payments);
    await expect(payments.charge()).resolves.toBe('charged in call 1');
    expect(Object.keys(payments)).toEqual(['http', 'calls']);
    await module.close();
  });

  it('is protected all the same where the module is there', async () => {
    class Mocked {}
    @Injectable()
    class Shop {
      calls = 0;

      constructor(readonly mocked: Mocked) {}

      @Retryable({ maxRetries: 1, baseDelay: 0 })
      async buy(): Promise<string> {
        if (++this.calls === 1) throw new Error('not now');
        return 'bought';
      }
    }
    const asked: unknown[] = [];
    const module = await Test.createTestingModule({
      imports: [ResilienceModule.forRoot()],
      providers: [Shop],
    })
      .useMocker((token) => (asked.push(token), {}))
      .compile();
    await expect(module.get(Shop).buy()).resolves.toBe('bought');
    expect(asked).toEqual([Mocked]);
    await module.close();
  });
});
