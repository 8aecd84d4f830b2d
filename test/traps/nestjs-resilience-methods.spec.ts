import { afterEach, describe, expect, it } from '@jest/globals';
import { Scope, SetMetadata } from '@nestjs/common';
import { CircuitBreaker } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';
import type { TestApplication } from '../support/application.js';

let app: TestApplication | undefined;
afterEach(() => app?.module.close());

/** A class called `Shop`, each time another one. */
function shopClass() {
  class Shop {
    readonly seen: unknown[] = [];

    @SetMetadata('role', 'buyer')
    @CircuitBreaker({ failureThreshold: 1 })
    @SetMetadata('path', '/buy')
    async buy(item: string, fails = false): Promise<string> {
      this.seen.push(this);
      if (fails) throw new Error('down');
      return item;
    }
  }
  return Shop;
}

describe('the traps of nestjs-resilience', () => {
  it('two classes of the same name have circuits of their own', async () => {
    const [One, Other] = [shopClass(), shopClass()];
    app = await startApplication({}, One, Other);
    await expect(app.module.get(One).buy('book', true)).rejects.toThrow('down');
    await expect(app.module.get(Other).buy('book')).resolves.toBe('book');
    expect(app.circuits.snapshot().map(({ name, state }) => [name, state])).toEqual([
      ['Shop.buy', 'open'],
      ['Shop.buy#2', 'closed'],
    ]);
  });

  it('a decorated method keeps its name, its length and the metadata above and below', () => {
    const { buy } = shopClass().prototype;
    expect([buy.name, buy.length]).toEqual(['buy', 1]);
    expect([Reflect.getMetadata('role', buy), Reflect.getMetadata('path', buy)]).toEqual(['buyer', '/buy']);
  });

  it('an instance of a request runs as itself, and shares the state of its class', async () => {
    const Shop = shopClass();
    app = await startApplication({}, { provide: Shop, useClass: Shop, scope: Scope.REQUEST });
    const shops = [await app.module.resolve(Shop), await app.module.resolve(Shop)] as const;
    for (const shop of shops) await shop.buy('book');
    expect(shops.map((shop) => shop.seen[0] === shop)).toEqual([true, true]);
    await expect(shops[0].buy('book', true)).rejects.toThrow('down');
    await expect(shops[1].buy('book')).rejects.toMatchObject({ circuit: 'Shop.buy' });
  });
});
