import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Inject, Injectable, Scope } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { ContextIdFactory, REQUEST } from '@nestjs/core';
import type { ContextId, ContextIdStrategy, HostComponentInfo } from '@nestjs/core';
import { Attempt, CircuitBreaker, CircuitBreakerRegistry, Retryable } from 'nestjs-breakwater';
import type { AttemptContext } from 'nestjs-breakwater';
import { listen, platforms } from '../support/nest-application.js';
import { Unsteady } from '../support/unsteady.js';

interface TenantRequest {
  readonly headers: Record<string, string>;
}

@Injectable({ scope: Scope.REQUEST })
class RequestShop {
  private readonly upstream = new Unsteady();

  constructor(@Inject(REQUEST) private readonly request: TenantRequest) {}

  @Retryable()
  @CircuitBreaker()
  async buy(@Attempt() attempt?: AttemptContext): Promise<string> {
    return this.upstream.answer(`${this.request.headers['x-tenant']} at attempt ${attempt?.attempt}`);
  }
}

@Injectable({ scope: Scope.TRANSIENT })
class TransientShop {
  readonly upstream = new Unsteady();

  @Retryable()
  @CircuitBreaker()
  async buy(): Promise<string> {
    return this.upstream.answer('fine');
  }
}

@Injectable({ scope: Scope.REQUEST, durable: true })
class TenantShop {
  static made = 0;
  private readonly upstream = new Unsteady();

  constructor(@Inject(REQUEST) private readonly tenant: { tenantId: string }) {
    TenantShop.made++;
  }

  @Retryable()
  async buy(): Promise<string> {
    return this.upstream.answer(this.tenant.tenantId);
  }
}

/** One sub-tree of durable providers per tenant. */
class TenantStrategy implements ContextIdStrategy<TenantRequest> {
  private readonly tenants = new Map<string, ContextId>();

  attach(contextId: ContextId, request: TenantRequest) {
    const tenantId = request.headers['x-tenant'] ?? '';
    const subTree = this.tenants.get(tenantId) ?? ContextIdFactory.create();
    this.tenants.set(tenantId, subTree);
    const resolve = (info: HostComponentInfo) => (info.isTreeDurable ? subTree : contextId);
    return { resolve, payload: { tenantId } };
  }
}

@Controller()
class ShopController {
  constructor(@Inject(RequestShop) private readonly shop: RequestShop) {}

  @Get('request')
  @Retryable()
  request(): Promise<string> {
    return this.shop.buy();
  }
}

@Controller()
class TenantController {
  constructor(@Inject(TenantShop) private readonly shop: TenantShop) {}

  @Get('tenant')
  @Retryable()
  tenant(): Promise<string> {
    return this.shop.buy();
  }
}

let app: INestApplication;
let url: string;
afterEach(() => app.close());

const ask = async (path: string, tenant: string) =>
  (await fetch(`${url}/${path}`, { headers: { 'x-tenant': tenant } })).text();

describe.each(platforms)('a decorated method on %s', (_platform, adapter) => {
  it('is repeated in request scope, on the instance of its request, with a circuit for all', async () => {
    const metadata = { controllers: [ShopController], providers: [RequestShop] };
    ({ app, url } = await listen(adapter, metadata));
    const answers = await Promise.all(['ann', 'bob'].map((tenant) => ask('request', tenant)));
    expect(answers).toEqual(['ann at attempt 2', 'bob at attempt 2']);
    const circuits = app.get(CircuitBreakerRegistry);
    expect(circuits.get('RequestShop.buy')?.state).toBe('closed');
    expect(circuits.get('RequestShop.buy#2')).toBeUndefined();
  });

  it('is repeated on durable providers, which outlive their request', async () => {
    ContextIdFactory.apply(new TenantStrategy());
    TenantShop.made = 0;
    const metadata = { controllers: [TenantController], providers: [TenantShop] };
    ({ app, url } = await listen(adapter, metadata));
    const answers: string[] = [];
    for (const tenant of ['ann', 'bob', 'ann']) answers.push(await ask('tenant', tenant));
    expect([answers, TenantShop.made]).toEqual([['ann', 'bob', 'ann'], 2]);
  });
});

describe('a decorated method of a transient provider', () => {
  it('is repeated on each of its instances', async () => {
    ({ app, url } = await listen(platforms[0][1], { providers: [TransientShop] }));
    const found = await Promise.all([app.resolve(TransientShop), app.resolve(TransientShop)]);
    expect(found[0]).not.toBe(found[1]);
    for (const shop of found) {
      await expect(shop.buy()).resolves.toBe('fine');
      expect(shop.upstream.calls).toBe(2);
    }
  });
});
