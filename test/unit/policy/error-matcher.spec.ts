import { describe, expect, it } from '@jest/globals';
import { errorMatcher } from '../../../lib/policy/error-matcher.js';
import type { MatchesError } from '../../../lib/policy/error-matcher.js';
import { Problems } from '../../../lib/policy/problems.js';

class PaymentError extends Error {}
class Refused extends PaymentError {}
/** A class that is no `Error`: some drivers throw such things. */
class Rejection {}
function OldStyleError() {}
OldStyleError.prototype = Object.create(Error.prototype) as object;

const matcher = (given: unknown) => errorMatcher().check(given, 'retryOn', new Problems()) as MatchesError;

describe('an error matcher', () => {
  it.each<[string, unknown, unknown, boolean]>([
    ['an error of the class', PaymentError, new PaymentError(), true],
    ['an error of a class below it', PaymentError, new Refused(), true],
    ['an error that was caused by one', PaymentError, new Error('x', { cause: new Refused() }), true],
    ['no error of a class above it', Refused, new PaymentError(), false],
    ['any error, given Error itself', Error, new TypeError(), true],
    ['nothing that is no error, given Error', Error, 'text', false],
    ['an object of a class that is no Error', Rejection, new Rejection(), true],
    ['nothing else, given such a class', Rejection, new Error(), false],
    [
      'what a function that speaks of a class accepts',
      (e: { class: string }) => e.class === 'a',
      { class: 'a' },
      true,
    ],
    ['an error of a function used as a class', OldStyleError, Object.create(OldStyleError.prototype), true],
    ['what a function accepts', (error: Error) => error.message === 'x', new Error('x'), true],
    ['not what a function does not accept', (error: Error) => error.message === 'x', new Error('y'), false],
    ['what one of several accepts', [Refused, () => true], new Error('x'), true],
    ['not what none of several accepts', [Refused, () => false], new Error('x'), false],
    ['nothing, given none', [], new Error('x'), false],
  ])('matches %s', (_name, given, error, expected) => {
    expect(matcher(given)(error)).toBe(expected);
  });

  it('makes a claim of whatever a function returns', () => {
    const loose = (() => 'yes') as unknown;
    expect(matcher(loose)(new Error())).toBe(true);
  });

  it.each(['Error', { class: Error }, ['Error'], [Error, 5], null])('is not %p', (given) => {
    const problems = new Problems();
    expect(errorMatcher().check(given, 'retryOn', problems)).toBeUndefined();
    expect(problems.list).toHaveLength(1);
  });
});

describe('the same matcher is made of', () => {
  const rule = errorMatcher();
  const made = (given: unknown) => rule.check(given, 'retryOn', new Problems());
  const accepts = () => true;

  it.each<[string, () => unknown]>([
    ['a class', () => PaymentError],
    ['a function', () => accepts],
    ['a new list of them', () => [PaymentError, accepts]],
    ['a new empty list', () => []],
  ])('%s', (_name, given) => {
    expect(made(given())).toBe(made(given()));
  });

  it('but not of others, in another order, or for another option', () => {
    const matchers = [
      PaymentError,
      Refused,
      [PaymentError, Refused],
      [Refused, PaymentError],
      [Refused, accepts],
    ];
    expect(
      new Set([...matchers.map(made), errorMatcher().check(Refused, 'abortOn', new Problems())]).size,
    ).toBe(6);
  });
});
