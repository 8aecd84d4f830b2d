import { describe, expect, it } from '@jest/globals';
import { Problems } from '../../../lib/policy/problems.js';
import type { Rule } from '../../../lib/policy/rule.js';
import {
  countOrInfinity,
  dictionary,
  finiteNumber,
  group,
  having,
  share,
  wholeNumber,
} from '../../../lib/policy/rules.js';

/** What a rule makes of a value, and what it says of it. */
function checked<In, Out>(rule: Rule<In, Out>, value: unknown) {
  const problems = new Problems();
  const accepted = rule.check(value, 'p', problems);
  return { accepted, told: problems.list.map(({ expected }) => expected) };
}

describe('a rule', () => {
  it('for a dictionary takes plain objects and namespaces of modules only', () => {
    const headers = { a: 'b' };
    const rule = dictionary('headers');
    expect(checked(rule, headers)).toEqual({ accepted: headers, told: [] });
    const namespace = Object.assign(Object.create(null) as object, { [Symbol.toStringTag]: 'Module' });
    expect(checked(rule, namespace)).toEqual({ accepted: namespace, told: [] });
    for (const other of [new Map(), [], null, 'a', 1])
      expect(checked(rule, other)).toEqual({ accepted: undefined, told: ['headers'] });
  });

  it('for something that can do something asks for the method', () => {
    const rule = having<{ get: () => void }>('get', 'a store');
    const store = new Map();
    expect(checked(rule, store)).toEqual({ accepted: store, told: [] });
    for (const other of [null, undefined, {}, { get: 'x' }, 5])
      expect(checked(rule, other)).toEqual({ accepted: undefined, told: ['a store'] });
  });

  it('for a share takes numbers only', () => {
    const rule = share({});
    expect(checked(rule, 0.5).accepted).toBe(0.5);
    for (const other of ['0.5', true, [0.5], 0, 1.1, NaN])
      expect(checked(rule, other).accepted).toBeUndefined();
  });

  it('for a count takes whole numbers from 0, and Infinity', () => {
    const rule = countOrInfinity({ fallback: 3 });
    for (const count of [0, 7, Infinity]) expect(checked(rule, count)).toEqual({ accepted: count, told: [] });
    for (const other of [-1, 0.5, -Infinity, NaN, '7', 2 ** 53, null])
      expect(checked(rule, other).accepted).toBeUndefined();
    expect(rule.fallback).toBe(3);
  });

  it('for a number says from where on, where there is a lowest one', () => {
    expect([wholeNumber({ min: 2 }).expected, wholeNumber({}).expected]).toEqual([
      'a whole number from 2',
      'a whole number',
    ]);
    expect(checked(wholeNumber({}), -7)).toEqual({ accepted: -7, told: [] });
    expect(checked(finiteNumber({}), -0.5)).toEqual({ accepted: -0.5, told: [] });
  });

  it('for a table can be switched off as a whole, and names what it holds', () => {
    const rule = group({ a: wholeNumber({ fallback: 1 }), b: wholeNumber({ fallback: 2 }) });
    expect(rule.expected).toBe('an object with a, b, or false');
    expect(checked(rule, false)).toEqual({ accepted: false, told: [] });
    expect(rule.fallback).toEqual({ a: 1, b: 2 });
  });
});
