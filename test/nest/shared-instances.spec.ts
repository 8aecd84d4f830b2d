import { afterEach, describe, expect, it } from '@jest/globals';
import { Scope } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import { ResilienceModule, Retryable } from 'nestjs-breakwater';

class Shop {
  readonly purchases = { made: 0 };

  @Retryable()
  async buy(): Promise<void> {
    this.purchases.made++;
    throw new Error('not now');
  }
}

const open: TestingModule[] = [];
afterEach(async () => {
  for (const module of open.splice(0)) await module.close();
});

/** An application that holds the shop, and repeats so many times. */
async function start(shop: Shop, maxRetries: number, scope = Scope.DEFAULT): Promise<TestingModule> {
  const isValue = scope === Scope.DEFAULT;
  const provider = isValue ? { useValue: shop } : { scope, useFactory: () => shop };
  const module = await Test.createTestingModule({
    imports: [ResilienceModule.forRoot({ defaults: { retry: { maxRetries, baseDelay: 0 } } })],
    providers: [{ provide: 'shop', ...provider }],
  }).compile();
  open.push(module);
  return module.init();
}

/** How many attempts a call makes. */
async function attemptsOf(shop: Shop): Promise<number> {
  const before = shop.purchases.made;
  await shop.buy().catch(() => undefined);
  return shop.purchases.made - before;
}

describe.each([
  ['an instance', () => new Shop()],
  ['a frozen instance', () => Object.freeze(new Shop())],
])('%s that several applications hold', (_what, make) => {
  it('belongs to the first one that is still open', async () => {
    const shop = make();
    const [first, second] = [await start(shop, 1), await start(shop, 2)];
    await start(shop, 3);
    expect(await attemptsOf(shop)).toBe(2);
    await first.close();
    expect(await attemptsOf(shop)).toBe(3);
    await second.close();
    expect(await attemptsOf(shop)).toBe(4);
  });

  it('is not given to one that has closed meanwhile', async () => {
    const shop = make();
    const [first, second] = [await start(shop, 1), await start(shop, 2)];
    await start(shop, 3);
    await second.close();
    expect(await attemptsOf(shop)).toBe(2);
    await first.close();
    expect(await attemptsOf(shop)).toBe(4);
  });

  it('goes to the next application that starts after the last one has closed', async () => {
    const shop = make();
    await (await start(shop, 1)).close();
    await start(shop, 2);
    expect(await attemptsOf(shop)).toBe(3);
  });

  it('is not kept by an application that failed to start', async () => {
    const shop = make();
    class Eager {
      readonly loaded = this.load();

      @Retryable()
      async load(): Promise<void> {}
    }
    const starting = Test.createTestingModule({
      imports: [ResilienceModule.forRoot()],
      providers: [
        { provide: 'shop', useValue: shop },
        { provide: 'eager', useValue: new Eager() },
      ],
    }).compile();
    await expect(starting).rejects.toThrow('Eager.load');
    await start(shop, 2);
    expect(await attemptsOf(shop)).toBe(3);
  });

  it('stays with the first where a factory makes it again and again', async () => {
    const shop = make();
    const first = await start(shop, 1, Scope.REQUEST);
    const second = await start(shop, 2, Scope.TRANSIENT);
    for (const module of [first, second, first, second]) await module.resolve('shop');
    expect(await attemptsOf(shop)).toBe(2);
    await first.close();
    expect(await attemptsOf(shop)).toBe(3);
  });
});

describe('instances of one class in two applications', () => {
  it('run in their own, whichever was called last', async () => {
    const [one, other] = [new Shop(), new Shop()];
    await start(one, 1);
    await start(other, 2);
    for (let round = 0; round < 3; round++) {
      expect(await attemptsOf(one)).toBe(2);
      expect(await attemptsOf(other)).toBe(3);
    }
  });
});
