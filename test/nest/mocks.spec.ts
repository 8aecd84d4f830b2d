import { describe, expect, it, jest } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { ResilientHttpService, Retryable, Timeout } from 'nestjs-breakwater';

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

describe('a decorated class whose dependencies are all mocked', () => {
  it.each<[string, () => unknown]>([
    ['an object', () => ({ get: () => 'mocked' })],
    ['a function', () => jest.fn()],
    ['a frozen object', () => Object.freeze({})],
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
});
