import { describe, expect, it } from '@jest/globals';
import {
  Attempt,
  Bulkhead,
  CircuitBreaker,
  Fallback,
  Hedge,
  InjectResilientHttp,
  RateLimit,
  Resilient,
  Retryable,
  Timeout,
} from 'nestjs-breakwater';

type Loose = (...args: unknown[]) => unknown;

/** The decorators, as code without types may use them. */
const decorators = Object.entries({
  Retryable,
  CircuitBreaker,
  Timeout,
  Bulkhead,
  RateLimit,
  Hedge,
  Fallback,
  Resilient,
}).map(([name, decorator]) => [`@${name}`, decorator as Loose] as const);

const RUN = Symbol('run');

class Shop {
  static open = (): void => undefined;
  async buy(): Promise<void> {}
  async [RUN](): Promise<void> {}
  get price(): Promise<number> {
    return Promise.resolve(1);
  }
}

const descriptorOf = (key: string | symbol) => Object.getOwnPropertyDescriptor(Shop.prototype, key);

/** What a standard decorator is given beside the value. */
const contextOf = (kind: string, name: string) => ({
  kind,
  name,
  addInitializer: () => undefined,
  metadata: {},
});

describe.each(decorators)('%s without parentheses', (name, decorator) => {
  it.each<[string, unknown[], string]>([
    ['a method', [Shop.prototype, 'buy', descriptorOf('buy')], 'Shop.buy'],
    ['a method with a symbol for its name', [Shop.prototype, RUN, descriptorOf(RUN)], 'Shop.Symbol(run)'],
    ['an accessor', [Shop.prototype, 'price', descriptorOf('price')], 'Shop.price'],
    ['a property', [Shop.prototype, 'stock', undefined], 'Shop.stock'],
    ['a static member', [Shop, 'open', undefined], 'Shop.open'],
    ['a parameter', [Shop.prototype, 'buy', 0], 'Shop.buy'],
    ['a class', [Shop], 'Shop'],
  ])('at %s says what to write', (_what, args, place) => {
    expect(() => decorator(...args)).toThrow(`${place} ${name}: expected parentheses: write ${name}()`);
  });

  it('as a standard decorator says what to write and what to set', () => {
    const write = new RegExp(`buy ${name}: .*"experimentalDecorators": true.*write ${name}\\(\\)`);
    expect(() => decorator(Shop.prototype.buy, contextOf('method', 'buy'))).toThrow(write);
  });
});

describe.each(decorators)('%s with parentheses', (name, decorator) => {
  const made = () => decorator(name === '@Fallback' ? () => undefined : undefined) as Loose;

  it.each<[string, unknown[], string, string]>([
    [
      'an accessor',
      [Shop.prototype, 'price', descriptorOf('price')],
      'Shop.price',
      'write an accessor as a method',
    ],
    ['a property', [Shop.prototype, 'stock', undefined], 'Shop.stock', 'write a property as a method'],
    ['a static member', [Shop, 'open', descriptorOf('buy')], 'Shop.open', 'make it one of theirs'],
    ['a parameter', [Shop.prototype, 'buy', 0], 'Shop.buy', 'an instance method'],
  ])('at %s names the class and the cure', (_what, args, place, cure) => {
    expect(() => made()(...args)).toThrow(`${place} ${name}: expected an instance method`);
    expect(() => made()(...args)).toThrow(cure);
  });

  it('as a standard decorator says what to set', () => {
    const context = contextOf('method', 'buy');
    expect(() => made()(Shop.prototype.buy, context)).toThrow(/buy @\w+: .*"experimentalDecorators": true/);
    expect(() => made()(Shop, contextOf('class', 'Shop'))).toThrow(/Shop @\w+: .*at a class/);
  });
});

describe('a decorator of a method, with parentheses, at a class', () => {
  it.each(decorators.filter(([name]) => name !== '@Resilient'))(
    'names the class and the cure: %s',
    (name, decorator) => {
      const made = decorator(name === '@Fallback' ? () => undefined : undefined) as Loose;
      expect(() => made(Shop)).toThrow(
        `Shop ${name}: expected a method; for all methods of a class write @Resilient('policy')`,
      );
    },
  );
});

describe('@Resilient at a class', () => {
  class Base {
    async run(): Promise<void> {}
  }
  class Derived extends Base {}
  class Arrows {
    run = async (): Promise<void> => undefined;
  }
  class Hooks {
    onModuleInit(): void {}
  }

  it.each([Derived, Arrows, Hooks])('that declares no method protects nothing, and says so: %p', (type) => {
    expect(() => Resilient('payments')(type)).toThrow(
      `${type.name} @Resilient: expected a class that declares`,
    );
  });
});

describe('a decorator of a parameter without parentheses', () => {
  it('says what to write', () => {
    expect(() => (Attempt as Loose)(Shop.prototype, 'buy', 0)).toThrow(
      'Shop.buy @Attempt: expected parentheses',
    );
    expect(() => (InjectResilientHttp as Loose)(Shop, undefined, 0)).toThrow(
      'Shop @InjectResilientHttp: expected parentheses',
    );
    expect(() => (InjectResilientHttp as Loose)(Shop.prototype, 'http')).toThrow('Shop @InjectResilientHttp');
  });
});

describe('what is no mistake', () => {
  it('is accepted: a class as a fallback with options, and options without a prototype', () => {
    class Empty {}
    expect(() => Fallback(Empty as never, { on: TypeError })).not.toThrow();
    expect(() => Retryable(Object.create(null) as object)).not.toThrow();
    expect(() => Retryable('payments', { maxRetries: 1 })).not.toThrow();
  });
});
