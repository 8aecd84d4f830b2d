import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { firstValueFrom } from 'rxjs';
import {
  CircuitBreakerRegistry,
  getResilientHttpToken,
  InjectResilientHttp,
  ResilienceModule,
  ResilientHttpService,
} from 'nestjs-breakwater';
import { answer, FaultServer, hang } from '../../support/fault-server/fault-server.js';
import { eventually, startHttp, stopHttp } from '../../support/http-application.js';

const upstream = await FaultServer.start();
afterAll(() => upstream.stop());
afterEach(stopHttp);

@Injectable()
class Shop {
  constructor(
    @InjectResilientHttp('stripe') readonly stripe: ResilientHttpService,
    @InjectResilientHttp() readonly plain: ResilientHttpService,
  ) {}
}

@Injectable()
class Search {
  @InjectResilientHttp('search') readonly search!: ResilientHttpService;
}

describe('a named client', () => {
  it.each([
    ['forRoot', (options: object) => ResilienceModule.forRoot(options)],
    ['forRootAsync', (options: object) => ResilienceModule.forRootAsync({ useFactory: () => options })],
  ])('of %s is injected by its name, and names its circuits', async (_name, register) => {
    upstream.play(answer(200));
    const clients = { stripe: { baseUrl: `${upstream.url}/v1` }, search: {} };
    const module = await Test.createTestingModule({
      imports: [register({ clients })],
      providers: [Shop],
    }).compile();
    const { stripe, plain } = module.get(Shop);
    await stripe.get('/charges');
    expect(upstream.arrived[0]?.path).toBe('/v1/charges');
    expect(plain).toBe(module.get(ResilientHttpService));
    expect(module.get(getResilientHttpToken('stripe'))).toBe(stripe);
    expect([...module.get(CircuitBreakerRegistry)].map(({ name }) => name)).toEqual([
      `stripe[${upstream.url}]`,
    ]);
    await module.close();
  });

  it('of forFeature is one of the application', async () => {
    upstream.play(answer(200));
    @Module({
      imports: [ResilienceModule.forFeature({ clients: { search: { baseUrl: upstream.url } } })],
      providers: [Search],
    })
    class SearchModule {}
    const module = await Test.createTestingModule({
      imports: [SearchModule, ResilienceModule.forRoot()],
    }).compile();
    await expect(module.get(Search).search.get('/')).resolves.toMatchObject({ status: 200 });
    await module.close();
  });

  it('that does not exist is an error when the application starts', async () => {
    const starting = Test.createTestingModule({
      imports: [ResilienceModule.forRoot({ clients: { strip: {}, searches: {} } })],
      providers: [
        Shop,
        Search,
        { provide: 'x', inject: [getResilientHttpToken('nope')], useFactory: () => 1 },
      ],
    }).compile();
    await expect(starting).rejects.toThrow(
      /Shop @InjectResilientHttp: .*did you mean 'strip'\?.*got "stripe"/,
    );
    await expect(starting).rejects.toThrow(/Search @InjectResilientHttp: .*did you mean 'searches'/);
    await expect(starting).rejects.toThrow(/got "nope"/);
  });

  it('is checked like everything else', async () => {
    const wrong = { baseUrl: 'nowhere', maxRedirects: -1, retyr: {}, rateLimit: 'mine', transport: {} };
    const starting = Test.createTestingModule({
      imports: [
        ResilienceModule.forRoot({ clients: { a: wrong, http: {} } as never }),
        ResilienceModule.forFeature({ clients: { a: {} } }),
      ],
    }).compile();
    for (const path of ['baseUrl', 'maxRedirects', 'rateLimit', 'transport'])
      await expect(starting).rejects.toThrow(`clients.a.${path}: expected`);
    await expect(starting).rejects.toThrow("clients.a.retyr: expected a known option (did you mean 'retry'?");
    await expect(starting).rejects.toThrow('clients.http: expected a name other than');
    await expect(starting).rejects.toThrow('clients.a: expected a name that no other client has');
  });
});

describe('an override', () => {
  it('of a circuit or a limit is compiled once, however often it is used', async () => {
    const { http, circuits } = await startHttp({ baseUrl: upstream.url });
    upstream.play(answer(200));
    for (let index = 0; index < 300; index++) {
      const failureThreshold = (index % 3) + 1;
      const recordAs = () => 'ignore' as const;
      await http.get('/', { circuitBreaker: { failureThreshold, recordAs }, timeout: 1000 + index });
    }
    expect([...circuits].map(({ name }) => name)).toEqual(
      [2, 3, 4].map((number) => `http#${number}[${upstream.url}]`),
    );
  });

  it('of the circuit’s key makes a circuit per route or tenant', async () => {
    const { http, circuits } = await startHttp({
      baseUrl: upstream.url,
      circuitBreaker: { key: ({ url, method }) => `${method} ${url.pathname}` },
    });
    upstream.play(answer(200));
    await http.get('/a?b=1');
    await http.put('/a');
    expect([...circuits].map(({ name }) => name)).toEqual(['http[GET /a]', 'http[PUT /a]']);
  });
});

describe('an Observable', () => {
  it('is cold: each subscription is one call', async () => {
    const { http } = await startHttp({ baseUrl: upstream.url });
    upstream.play(answer(200));
    const get$ = http.rx.get('/');
    expect(upstream.arrived).toHaveLength(0);
    await firstValueFrom(get$);
    await firstValueFrom(get$);
    expect(upstream.arrived).toHaveLength(2);
    await firstValueFrom(http.rx.post('/', { a: 1 }));
    expect(upstream.arrived[2]).toMatchObject({ method: 'POST', body: '{"a":1}' });
  });

  it('that is unsubscribed cancels its call', async () => {
    const { http } = await startHttp({ baseUrl: upstream.url });
    upstream.play(hang);
    const subscription = http.rx.get('/').subscribe();
    await eventually(() => upstream.arrived.length === 1);
    subscription.unsubscribe();
    await eventually(() => upstream.hasLostLast);
    expect(upstream.arrived).toHaveLength(1);
  });

  it('errors with the signal’s reason, and tells what is wrong with the request', async () => {
    const { http } = await startHttp({ baseUrl: upstream.url });
    const reason = new Error('enough');
    const options = { signal: AbortSignal.abort(reason) };
    await expect(firstValueFrom(http.rx.get('/', options))).rejects.toBe(reason);
    await expect(firstValueFrom(http.rx.get('/', { timeout: -1 }))).rejects.toThrow('request.timeout');
  });
});
