import { describe, expect, it } from '@jest/globals';
import { checkRootKeys } from '../../../lib/policy/layers.js';
import { Problems, suggest } from '../../../lib/policy/problems.js';
import { checkCircuitBreaker } from '../../../lib/strategies/circuit-breaker/circuit-breaker.options.js';
import type { ResolvedCircuitBreaker } from '../../../lib/strategies/circuit-breaker/circuit-breaker.options.js';
import { checkPolicy, policyRules, resolveStrategy } from '../../../lib/strategies/policy.options.js';

/** What is said of a policy, `path: expectation` each. */
function complaints(policy: unknown): string[] {
  const problems = new Problems();
  checkPolicy(policy, 'p', problems);
  return problems.list.map(({ path, expected }) => `${path}: ${expected}`);
}

const time = "a duration of at most 24 days, such as 250, '2s' or '1m'";
const positiveTime = "a duration above 0 of at most 24 days, such as 250, '2s' or '1m'";
const from0 = 'a whole number from 0';
const countOrInfinity = 'a whole number from 0, or Infinity';
const from1 = 'a whole number from 1';
const ratio = 'a ratio above 0, at most 1';
const text = 'a text that is not empty';
const matcher = 'an error class, a function (error) => boolean, or an array of them';
const backoff = "'constant', 'linear', 'exponential', or a function";
const jitter = "'none', 'full', 'equal', 'decorrelated', or a number from 0 to 1";
const anything = { odd: true };

describe('an option', () => {
  it.each<[string, unknown, string]>([
    ['timeout.attempt', 0, positiveTime],
    ['timeout.total', -1, positiveTime],
    ['retry.maxRetries', -1, countOrInfinity],
    ['retry.maxRetries', -Infinity, countOrInfinity],
    ['retry.maxRetries', 1.5, countOrInfinity],
    ['retry.maxRetries', NaN, countOrInfinity],
    ['retry.maxRetries', 'Infinity', countOrInfinity],
    ['bulkhead.maxConcurrent', 0, from1],
    ['bulkhead.maxQueue', -1, from0],
    ['bulkhead.adaptive.ceiling', 0, from1],
    ['bulkhead.maxWait', -1, time],
    ['rateLimit.limit', 0, from1],
    ['rateLimit.interval', 0, positiveTime],
    ['rateLimit.burst', 0, from1],
    ['rateLimit.maxWait', 'soon', time],
    ['retry.backoff', 'quadratic', backoff],
    ['retry.baseDelay', '-1s', time],
    ['retry.multiplier', 0.5, 'a number from 1'],
    ['retry.maxDelay', 'soon', time],
    ['retry.jitter', -0.1, jitter],
    ['retry.jitter', 'some', jitter],
    ['retry.maxElapsed', 0, positiveTime],
    ['retry.retryOn', 'Error', matcher],
    ['retry.abortOn', ['Error'], matcher],
    ['retry.retryOnResult', true, 'a function'],
    ['retry.respectRetryAfter', 'yes', 'true or false'],
    ['retry.maxRetryAfter', NaN, time],
    ['retry.budget', 5, 'an object with options (ratio, minPerSecond, window)'],
    ['retry.budget.ratio', 1.01, 'a number from 0 to 1'],
    ['retry.budget.ratio', -0.01, 'a number from 0 to 1'],
    ['retry.budget.minPerSecond', -1, 'a number from 0'],
    ['retry.budget.minPerSecond', Infinity, 'a number from 0'],
    ['retry.budget.window', 0, positiveTime],
    ['retry.onRetry', {}, 'a function'],
    ['retry.name', '', text],
    ['circuitBreaker.failureThreshold', 0, from1],
    ['circuitBreaker.failureRate', 0, ratio],
    ['circuitBreaker.slowCallRate', 1.1, ratio],
    ['circuitBreaker.slowCallDuration', 0, positiveTime],
    ['circuitBreaker.window', 0, `${positiveTime}, or an object such as { calls: 100 }`],
    ['circuitBreaker.window.calls', 0, 'a whole number from 1 to 100000'],
    ['circuitBreaker.window.calls', 100_001, 'a whole number from 1 to 100000'],
    ['circuitBreaker.minimumCalls', 1.5, from1],
    ['circuitBreaker.recoveryTimeout', 0, positiveTime],
    ['circuitBreaker.recoveryMultiplier', 0.9, 'a number from 1'],
    ['circuitBreaker.maxRecoveryTimeout', 0, positiveTime],
    ['circuitBreaker.halfOpenMaxCalls', 0, from1],
    ['circuitBreaker.successThreshold', 0, from1],
    ['circuitBreaker.halfOpenTimeout', 0, positiveTime],
    ['circuitBreaker.recordAs', 'failure', 'a function'],
    ['circuitBreaker.name', 7, text],
    ['circuitBreaker.key', 'tenant', 'a function'],
    ['circuitBreaker.maxKeys', 0, from1],
    ['circuitBreaker.idleTtl', 0, positiveTime],
    ['classify', 'transient', 'a function'],
  ])('%s refuses %p and says what it takes', (path, value, expected) => {
    const keys = path.split('.');
    const policy = keys.reduceRight((inner: unknown, key) => ({ [key]: inner }), value);
    expect(complaints(policy)).toEqual([`p.${path}: ${expected}`]);
  });

  it('of the window may be an object with the number of calls, and nothing else', () => {
    expect(complaints({ circuitBreaker: { window: [] } })).toEqual([
      'p.circuitBreaker.window: an object such as { calls: 100 }',
    ]);
    expect(complaints({ circuitBreaker: { window: { cals: 5 } } })).toEqual([
      "p.circuitBreaker.window.cals: a known option (did you mean 'calls'? known: calls)",
    ]);
    expect(complaints({ circuitBreaker: { window: { calls: 1 } } })).toEqual([]);
    expect(complaints({ circuitBreaker: { window: { calls: 100_000 } } })).toEqual([]);
  });

  it.each([0, '0s', 0.5, '24d', 2_147_483_647, '5'.padStart(100, '0')])(
    'may be the duration %p',
    (baseDelay) => {
      expect(complaints({ retry: { baseDelay } })).toEqual([]);
    },
  );

  it.each([2_147_483_648, '25d', '', ' '.repeat(101), `${'0'.repeat(100)}1`, '5 parsecs', null, anything])(
    'may not be the duration %p',
    (baseDelay) => {
      expect(complaints({ retry: { baseDelay } })).toEqual([`p.retry.baseDelay: ${time}`]);
    },
  );

  it('that is wrong is left out, and the others are kept', () => {
    const problems = new Problems();
    const layer = checkPolicy({ retry: { maxRetries: -1, multiplier: 5 } }, 'p', problems);
    expect(layer).toEqual({ retry: { multiplier: 5 } });
    const window = { calls: 0 };
    expect(checkPolicy({ circuitBreaker: { window } }, 'p', new Problems())).toStrictEqual({
      circuitBreaker: {},
    });
    expect(() => problems.throwIfAny()).toThrow(`p.retry.maxRetries: expected ${countOrInfinity}, got -1`);
  });
});

describe('a policy', () => {
  it('tells of what is no policy, and of what is no strategy', () => {
    const keys =
      'fallback, cache, coalesce, timeout, retry, hedge, circuitBreaker, rateLimit, bulkhead, chaos, classify';
    expect(Object.keys(policyRules).join(', ')).toBe(keys);
    for (const wrong of [null, 'payments', ['retry']])
      expect(complaints(wrong)).toEqual([`p: an object with options (${keys})`]);
    expect(complaints({ retry: 5 })[0]).toMatch(/^p\.retry: an object with options \(maxRetries, backoff, /);
    expect(complaints({ timeout: true })).toEqual([`p.timeout: ${positiveTime}`]);
  });

  it('tells of a key that no one would read, with the nearest known one', () => {
    expect(complaints({ Retyr: {} })).toEqual([
      "p.Retyr: a known option (did you mean 'retry'? known: fallback, cache, coalesce, timeout, retry, hedge, circuitBreaker, rateLimit, bulkhead, chaos, classify)",
    ]);
    expect(complaints({ bananas: {} })).toEqual([
      'p.bananas: a known option (known: fallback, cache, coalesce, timeout, retry, hedge, circuitBreaker, rateLimit, bulkhead, chaos, classify)',
    ]);
    expect(complaints({ retry: { RATIO: 1, jiter: 'full' } })).toEqual([
      expect.stringMatching(/^p\.retry\.RATIO: a known option \(known: /),
      expect.stringMatching(/^p\.retry\.jiter: a known option \(did you mean 'jitter'\?/),
    ]);
  });

  it('has a place for every problem, the outermost keys having no path before them', () => {
    const problems = new Problems();
    checkRootKeys({ retyr: 1, retry: 2 }, ['retry'], problems);
    expect(problems.list).toEqual([
      { path: 'retyr', expected: "a known option (did you mean 'retry'? known: retry)", got: 1 },
    ]);
    expect(suggest('retry', [])).toBe('none is known here');
  });

  it('takes a bare duration as the limit of an attempt', () => {
    const problems = new Problems();
    expect(checkPolicy({ timeout: '2s' }, 'p', problems)).toEqual({ timeout: { attempt: 2000 } });
    expect(checkPolicy({ timeout: 'x' }, 'p', problems)).toStrictEqual({ timeout: {} });
    expect(checkPolicy({ timeout: false }, 'p', new Problems())).toEqual({ timeout: false });
  });

  it('does not hold what was given as undefined', () => {
    const given = { retry: undefined, classify: undefined, timeout: { total: undefined } };
    expect(checkPolicy(given, 'p', new Problems())).toEqual({ timeout: {} });
    expect(complaints(given)).toEqual([]);
  });
});

describe('a circuit', () => {
  const contradictions = (circuitBreaker: object) => {
    const problems = new Problems();
    const layer = checkPolicy({ circuitBreaker }, 'p', problems);
    const resolved = resolveStrategy('circuitBreaker', [layer]) as ResolvedCircuitBreaker;
    checkCircuitBreaker(resolved, 'c', problems);
    return problems.list.map(({ path, expected }) => `${path}: ${expected}`);
  };

  it('needs to know what is slow if it is to open for slow calls', () => {
    expect(contradictions({ slowCallRate: 0.5 })).toEqual([
      'c.slowCallDuration: a duration, because slowCallRate is set',
    ]);
    expect(contradictions({ slowCallRate: 0.5, slowCallDuration: 5 })).toEqual([]);
    expect(contradictions({ slowCallDuration: 5 })).toEqual([]);
  });

  it('cannot wait for more calls than its window holds', () => {
    expect(contradictions({ window: { calls: 5 }, minimumCalls: 6 })).toEqual([
      'c.minimumCalls: at most window.calls (5)',
    ]);
    expect(contradictions({ window: { calls: 5 }, minimumCalls: 5 })).toEqual([]);
    expect(contradictions({ window: { calls: 5 } })).toEqual([]);
    expect(contradictions({ window: 5, minimumCalls: 6 })).toEqual([]);
  });
});
