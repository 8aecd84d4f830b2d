import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { classifyFailure } from '../../../lib/failures/classify-failure.js';
import { causeChain, read } from '../../../lib/policy/error-chain.js';
import { statusOf } from '../../../lib/policy/http-status.js';
import { parseServerDelay } from '../../../lib/policy/server-delay.js';
import { recordFailureAs } from '../../../lib/strategies/circuit-breaker/record-as.js';
import { runs } from '../../support/property-runs.js';

function fail(): never {
  throw new Error('hostile');
}

const traps = {
  get: { get: fail },
  ownKeys: { ownKeys: fail },
  getPrototypeOf: { getPrototypeOf: fail },
  everything: { get: fail, has: fail, ownKeys: fail, getPrototypeOf: fail, getOwnPropertyDescriptor: fail },
};

function revoked(target: object): unknown {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

/** What a proxy, or a getter, can do to who looks at it. */
const hostile: unknown[] = [
  ...Object.values(traps).map((handler) => new Proxy({}, handler)),
  ...Object.values(traps).map((handler) => new Proxy([], handler)),
  revoked({}),
  revoked([]),
  { get: fail },
  { getStatus: fail },
  [new Proxy({}, traps.everything)],
];
const places: ((value: unknown) => unknown)[] = [
  (value) => value,
  (value) => ({ headers: value }),
  (value) => ({ status: 413, headers: value }),
  (value) => ({ headers: { 'retry-after': value } }),
  (value) => ({ response: value }),
  (value) => ({ cause: value }),
  (value) => ({ code: value, name: value, status: value }),
  (value) => ({ errorLabels: value }),
  (value) => ({ $metadata: value }),
  (value) => Object.assign(new AggregateError([]), { errors: value }),
  (value) => new AggregateError([value]),
];
const trapped = hostile.flatMap((value) => places.map((place) => place(value)));

const word = fc.constantFrom<unknown>(
  '0',
  '5',
  '-1',
  '1e3',
  '9'.repeat(400),
  ' 7 ',
  'r=0;t=',
  '"a";r=0;t=9',
  NaN,
  7,
);
const leaf = fc.oneof(word, fc.anything());
const headers = fc.dictionary(
  fc.constantFrom(
    'retry-after',
    'Retry-After-Ms',
    'ratelimit',
    'ratelimit-reset',
    'x-ratelimit-remaining',
    'get',
  ),
  leaf,
);
const names = [
  'headers',
  'response',
  'cause',
  'errors',
  'status',
  'getStatus',
  'errorLabels',
  'code',
  'upstreamHeaders',
];
const thrown = fc.oneof(
  leaf,
  fc.dictionary(fc.constantFrom(...names), fc.oneof(leaf, headers, fc.record({ headers }))),
  fc.record({ status: fc.constantFrom(413, 429), headers: fc.oneof(leaf, headers) }),
  fc.array(leaf).map((members) => new AggregateError(members)),
);

const checks: [string, (value: unknown) => boolean][] = [
  [
    'the delay of a server is a number from 0, or nothing',
    (value) => (parseServerDelay(value, Date.UTC(2026, 0, 1)) ?? 0) >= 0,
  ],
  ['it is classified', (value) => ['transient', 'permanent', 'unknown'].includes(classifyFailure(value))],
  [
    'it is recorded',
    (value) => ['failure', 'success', 'ignore'].includes(recordFailureAs(value, () => 'unknown')),
  ],
  [
    'its status is a whole number from 100 to 599, or nothing',
    (value) => {
      const status = statusOf(value) ?? 100;
      return Number.isInteger(status) && status >= 100 && status <= 599;
    },
  ],
];

describe.each(checks)('whatever is thrown, %s', (_name, holds) => {
  it('although it is garbage', () => {
    fc.assert(
      fc.property(thrown, (value) => expect(holds(value)).toBe(true)),
      runs(2000),
    );
  });

  it('although it does not want to be looked at', () => {
    for (const value of trapped) expect(holds(value)).toBe(true);
  });
});

describe('the causes of an error', () => {
  it('are listed outermost first', () => {
    const inner = new Error('inner');
    const outer = new Error('outer', { cause: inner });
    expect(causeChain(outer)).toEqual([outer, inner]);
    expect(causeChain('text')).toEqual(['text']);
    expect(causeChain(new Error('x', { cause: null }))).toHaveLength(1);
    expect(causeChain(undefined)).toEqual([]);
    expect(causeChain(null)).toEqual([]);
  });

  it('end at a cycle and after a hundred links', () => {
    const a = new Error('a');
    const b = new Error('b', { cause: a });
    a.cause = b;
    expect(causeChain(a)).toEqual([a, b]);
    let chain = new Error('0');
    for (let n = 1; n < 300; n++) chain = new Error(`${n}`, { cause: chain });
    expect(causeChain(chain)).toHaveLength(100);
  });

  it('may hang on a function', () => {
    const odd = Object.assign(() => undefined, { cause: 'because' });
    expect(causeChain(odd)).toEqual([odd, 'because']);
    expect(read('text', 'length')).toBeUndefined();
    expect(read(null, 'x')).toBeUndefined();
    expect(read(new Proxy({}, traps.get), 'x')).toBeUndefined();
  });
});
