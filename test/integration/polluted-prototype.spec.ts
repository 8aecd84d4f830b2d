import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  Bulkhead,
  CircuitBreaker,
  Fallback,
  RateLimit,
  ResilienceModule,
  ResilienceService,
  ResilientHttpService,
  Retryable,
  Timeout,
} from 'nestjs-breakwater';
import { clientRules, requestRules } from '../../lib/http/http.options.js';
import { checkLayer, mergeLayers } from '../../lib/policy/layers.js';
import { Problems } from '../../lib/policy/problems.js';
import { retryRules } from '../../lib/strategies/retry/retry.options.js';
import { strategies } from '../../lib/strategies/policy.options.js';
import { answer, FaultServer } from '../support/fault-server/fault-server.js';

const MODULE_KEYS = ['defaults', 'policies', 'http', 'nestedRetries', 'deadlines', 'clock', 'random'];
const STRATEGY_TABLES = Object.values(strategies).map(({ rules }) => rules);
const TABLES = [strategies, ...STRATEGY_TABLES, clientRules, requestRules];

/** undici reads the timeout of its own options so; a decorator has no options of this name. */
const READ_ELSEWHERE = new Set(['timeout', 'policy']);

const words = [...MODULE_KEYS, 'classify', 'merge', ...TABLES.flatMap((table) => Object.keys(table))];
const keys = [...new Set(words)].filter((key) => !READ_ELSEWHERE.has(key));

@Injectable()
class Payments {
  @Retryable({ baseDelay: 0 })
  @CircuitBreaker()
  @Timeout('2s')
  @Bulkhead({ maxConcurrent: 2 })
  @RateLimit({ limit: 100, interval: '1s' })
  @Fallback(() => 'later')
  async pay(): Promise<string> {
    throw new Error('down');
  }
}

/** What an application does and says of itself. */
async function observed(url: string): Promise<unknown> {
  const policies = { p: { retry: {}, circuitBreaker: {} } };
  const imports = [ResilienceModule.forRoot({ policies, http: { baseUrl: url } })];
  const module = await Test.createTestingModule({ imports, providers: [Payments] }).compile();
  const resilience = module.get(ResilienceService);
  let attempts = 0;
  const fail = () => Promise.reject(new Error(`attempt ${++attempts}`));
  const seen = [
    resilience.describe('p'),
    resilience.describe(Payments, 'pay'),
    await module.get(Payments).pay(),
    await resilience.execute({ retry: { baseDelay: 0 } }, fail).catch(String),
    (await module.get(ResilientHttpService).get('/item', {})).status,
  ];
  await module.close();
  return JSON.parse(JSON.stringify(seen)) as unknown;
}

function pollute(key: string, value: unknown): () => void {
  const prototype = Object.prototype as unknown as Record<string, unknown>;
  prototype[key] = value;
  return () => void delete prototype[key];
}

describe('a polluted Object.prototype', () => {
  it.each([
    ['a number', 99],
    ['a text', '9ms'],
    ['a function', () => 'permanent'],
    ['an object', {}],
  ])('changes nothing and throws nothing: %s in the place of any option', async (_what, value) => {
    const upstream = await FaultServer.start();
    upstream.play(...Array.from({ length: keys.length + 1 }, () => answer(200)));
    const expected = await observed(upstream.url);
    for (const key of keys) {
      const clean = pollute(key, value);
      const seen = await observed(upstream.url).catch(String).finally(clean);
      expect([key, seen]).toEqual([key, expected]);
    }
    await upstream.stop();
  });

  it('gives no option to a layer of its own, and no layer to a merge', () => {
    const clean = pollute('maxRetries', 99);
    const problems = new Problems();
    const layer = checkLayer(retryRules, {}, 'retry', problems);
    const merged = mergeLayers(retryRules, [layer, {}]);
    clean();
    expect([Object.keys(layer), merged.maxRetries, problems.list]).toEqual([[], 3, []]);
  });
});
