import { afterEach, describe, expect, it } from '@jest/globals';
import {
  CircuitBreaker,
  ResilienceConfigurationError,
  ResilientHttpService,
  Retryable,
} from 'nestjs-breakwater';
import type { ResilienceModuleOptions } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';
import type { TestApplication } from '../support/application.js';
import { answer, FaultServer } from '../support/fault-server/fault-server.js';

const twice = { maxRetries: 2, baseDelay: 0, budget: false as const };

class Warehouse {
  calls = 0;

  @Retryable(twice)
  @CircuitBreaker({ failureRate: 1, minimumCalls: 100 })
  async take(): Promise<string> {
    this.calls++;
    throw new Error('empty');
  }
}

class Shop {
  constructor(readonly warehouse: Warehouse) {}

  @Retryable(twice)
  async buy(): Promise<string> {
    return this.warehouse.take();
  }

  @Retryable({ ...twice, maxRetries: 0 })
  async buyOnce(): Promise<string> {
    return this.warehouse.take();
  }

  @Retryable(twice)
  async buyMany(): Promise<unknown> {
    return Promise.all([1, 2, 3].map(() => this.warehouse.take()));
  }

  @Retryable(twice)
  async order(): Promise<() => Promise<string>> {
    let deliver: () => void = () => undefined;
    const delivered = new Promise<void>((resolve) => (deliver = resolve)).then(() => this.warehouse.take());
    return () => (deliver(), delivered);
  }
}

let app: TestApplication;
afterEach(() => app.module.close());

async function start(options: ResilienceModuleOptions) {
  const shop = {
    provide: Shop,
    inject: [Warehouse],
    useFactory: (warehouse: Warehouse) => new Shop(warehouse),
  };
  app = await startApplication(options, Warehouse, shop);
  return { shop: app.module.get(Shop), warehouse: app.module.get(Warehouse) };
}

describe("nestedRetries: 'outermost'", () => {
  it('makes three attempts of three attempts three', async () => {
    const { shop, warehouse } = await start({ nestedRetries: 'outermost' });
    await expect(shop.buy()).rejects.toThrow('empty');
    expect(warehouse.calls).toBe(3);
  });

  it('is not the default: each layer repeats', async () => {
    const { shop, warehouse } = await start({});
    await expect(shop.buy()).rejects.toThrow('empty');
    expect(warehouse.calls).toBe(9);
  });

  it('leaves the retries of a call that stands alone, or in one that does not retry', async () => {
    const { shop, warehouse } = await start({ nestedRetries: 'outermost' });
    await expect(warehouse.take()).rejects.toThrow('empty');
    expect(warehouse.calls).toBe(3);
    await expect(shop.buyOnce()).rejects.toThrow('empty');
    expect(warehouse.calls).toBe(6);
  });

  it('holds for calls side by side, through execute, and two layers down', async () => {
    const { shop, warehouse } = await start({ nestedRetries: 'outermost' });
    await expect(shop.buyMany()).rejects.toThrow('empty');
    expect(warehouse.calls).toBe(9);
    const layers = app.service.execute({ retry: twice }, () =>
      app.service.execute({ retry: twice }, () => shop.buy()),
    );
    await expect(layers).rejects.toThrow('empty');
    expect(warehouse.calls).toBe(12);
  });

  it('does not touch what a call has left behind', async () => {
    const { shop, warehouse } = await start({ nestedRetries: 'outermost' });
    const deliver = await shop.order();
    await expect(deliver()).rejects.toThrow('empty');
    expect(warehouse.calls).toBe(3);
  });

  it('still counts for the circuit and the budget of the inner call', async () => {
    const { shop } = await start({ nestedRetries: 'outermost' });
    await expect(shop.buy()).rejects.toThrow('empty');
    expect(app.circuits.get('Warehouse.take')?.metrics.failures).toBe(3);

    const retry = { maxRetries: 1, baseDelay: 0, name: 'inner', budget: { ratio: 0.5, minPerSecond: 0 } };
    const inner = () => app.service.execute({ retry }, () => Promise.reject(new Error('down')));
    await app.service.execute({ retry: twice }, inner).catch(() => undefined);
    let attempts = 0;
    await app.service.execute({ retry }, () => Promise.reject(new Error(`${++attempts}`))).catch(() => 0);
    expect(attempts).toBe(2);
  });

  it('holds for the HTTP client in a decorated method', async () => {
    const server = await FaultServer.start();
    server.play(answer(503));
    const { warehouse, shop } = await start({ nestedRetries: 'outermost', http: { retry: twice } });
    const http = app.module.get(ResilientHttpService);
    warehouse.take = async () => (await http.get<string>(server.url)).data;
    await expect(shop.buy()).rejects.toMatchObject({ upstreamStatus: 503 });
    expect(server.arrived).toHaveLength(3);
    await expect(http.get(server.url)).rejects.toMatchObject({ upstreamStatus: 503 });
    expect(server.arrived).toHaveLength(6);
    await server.stop();
  });

  it('is checked', async () => {
    await expect(startApplication({ nestedRetries: 'innermost', deadlines: 1 } as never)).rejects.toThrow(
      ResilienceConfigurationError,
    );
  });
});
