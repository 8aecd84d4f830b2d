import { afterEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { CircuitOpenException, Fallback, Resilient, Retryable, Timeout } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';
import type { TestApplication } from '../support/application.js';

let app: TestApplication;
afterEach(() => app?.module.close());

/** Leaves to its subclasses what answers in its place. */
abstract class Source {
  @Fallback('lastKnown')
  async load(key: string): Promise<string> {
    throw new Error(`no ${key}`);
  }

  abstract lastKnown(error: Error, key: string): string;
}

class Prices extends Source {
  lastKnown({ message }: Error, key: string): string {
    return `${key}: ${message}`;
  }
}

class CarefulPrices extends Prices {
  override lastKnown(): string {
    return 'unknown';
  }
}

class Forgetful extends Source {
  declare lastKnown: never;
}

class Quotes {
  calls = 0;

  @Fallback('again')
  @Timeout('1s')
  async quote(_symbol: string): Promise<string> {
    return new Promise(() => undefined);
  }

  @Retryable({ maxRetries: 1, baseDelay: 0 })
  async again(error: Error, symbol: string): Promise<string> {
    if (++this.calls === 1) throw new Error('not now');
    return `${symbol} after ${error.name}`;
  }

  @Fallback(() => 'never', {
    on: () => {
      throw new TypeError('a bug in the matcher');
    },
  })
  async failing(error: Error): Promise<string> {
    throw error;
  }

  @Fallback(() => 'closed', { on: CircuitOpenException })
  async wrapped(cause: Error): Promise<string> {
    throw new Error('wrapped', { cause });
  }
}

describe('a fallback by the name of a method', () => {
  it('may be left to subclasses, and be overridden', async () => {
    app = await startApplication({}, Prices, CarefulPrices);
    await expect(app.module.get(Prices).load('EUR')).resolves.toBe('EUR: no EUR');
    await expect(app.module.get(CarefulPrices).load('EUR')).resolves.toBe('unknown');
  });

  it('stops the start where one of the classes in use has no such method', async () => {
    const starting = startApplication({}, Prices, Forgetful);
    await expect(starting).rejects.toThrow(
      'Source.load @Fallback: expected the name of a method of the class, got "lastKnown"',
    );
  });

  it('may itself be decorated, and answers for a timeout', async () => {
    app = await startApplication({}, Quotes);
    const quote = app.module.get(Quotes).quote('ACME');
    await app.clock.advance(1000);
    await expect(quote).resolves.toBe('ACME after TimeoutException');
  });
});

describe('a fallback', () => {
  it('finds the errors that it is for along their causes', async () => {
    app = await startApplication({}, Quotes);
    await expect(app.module.get(Quotes).wrapped(new CircuitOpenException())).resolves.toBe('closed');
  });

  it('leaves the caller the error itself when its matcher throws', async () => {
    app = await startApplication({}, Quotes);
    const logged: unknown[] = [];
    app.module.useLogger({ error: (line: unknown) => logged.push(line), log: () => 0, warn: () => 0 });
    const error = new Error('mine');
    await expect(app.module.get(Quotes).failing(error)).rejects.toBe(error);
    Logger.overrideLogger(false);
    expect(logged).toEqual([expect.stringContaining('a bug in the matcher')]);
  });

  it.each([
    ['nothing', undefined, 'expected a function, or the name of a method of the class, got undefined'],
    ['null', null, 'expected a function, or the name of a method of the class, got null'],
  ])('that is %s stops the start', async (_what, use, message) => {
    class Wrong {
      @Fallback(use as never)
      async pay(): Promise<void> {}
    }
    await expect(startApplication({}, Wrong)).rejects.toThrow(message);
  });

  it('of a policy that says for which errors, but not what answers, stops the start', async () => {
    class Wrong {
      @Resilient('partial')
      async pay(): Promise<void> {}
    }
    const policies = { partial: { fallback: { on: CircuitOpenException } } };
    await expect(startApplication({ policies }, Wrong)).rejects.toThrow('fallback.use: expected a function');
  });
});
