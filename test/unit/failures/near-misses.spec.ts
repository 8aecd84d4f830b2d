import { expect, it } from '@jest/globals';
import { UpstreamHttpException } from '../../../lib/exceptions/upstream.exceptions.js';
import { classifyFailure } from '../../../lib/failures/classify-failure.js';

const error = (properties: object, message = 'x') => Object.assign(new Error(message), properties);
const renamed = (bug: Error) => Object.assign(bug, { name: 'Custom' });

it.each<[string, unknown]>([
  ['a name that ends like that of a bug', error({ name: 'MyTypeError' })],
  ['a name that begins like that of a bug', error({ name: 'TypeErrorReport' })],
  ['an answer of somebody else that was not wanted', error({ status: 304 })],
  ['a server error that no list knows', error({ status: 500 + 20 })],
  ['the words of Redis from somebody else', error({ name: 'PageError' }, 'LOADING the page')],
  ['a gRPC code in words that only quote one', error({ code: 14 }, 'got 14 UNAVAILABLE: x')],
  ['a name that ends like one of AWS', error({ name: 'MySlowDown', $metadata: {} })],
  ['a name that begins like one of AWS', error({ name: 'SlowDownAlert', $metadata: {} })],
  ['a code that only ends like a timeout', error({ code: 'my-TIMEOUT' })],
  ['an aggregate that holds nothing', error({ name: 'AggregateError', errors: [] })],
])('what looks almost like something known is unknown: %s', (_name, failure) => {
  expect(classifyFailure(failure)).toBe('unknown');
});

it.each<[string, unknown]>([
  ['an answer of an upstream that was not wanted', new UpstreamHttpException({ upstreamStatus: 304 })],
  ['a bug under another name', renamed(new TypeError())],
  ['another bug under another name', renamed(new ReferenceError())],
  ['a reply of Redis that only quotes another one', error({ name: 'ReplyError' }, 'ERR no LOADING here')],
  ['a client that gave up its call', error({ code: 1, details: 'Cancelled on client' })],
])('what is known is known in other clothes, too: %s', (_name, failure) => {
  expect(classifyFailure(failure)).toBe('permanent');
});

it('a server that was not reached is not a client that gave up, whatever it says', () => {
  expect(classifyFailure(error({ code: 14, details: 'Cancelled on client' }))).toBe('transient');
});
