import { expect, it } from '@jest/globals';
import { HttpPipelines } from '../../../../../lib/http/client/pipelines/http-pipelines.js';
import { Problems } from '../../../../../lib/policy/problems.js';
import { Runtime } from '../../../../../lib/runtime/runtime.js';

class PaymentError extends Error {}
const isOdd = () => true;

it('a request that brings the same matchers again finds its pipeline compiled', () => {
  const problems = new Problems();
  const pipelines = new HttpPipelines(
    new Runtime({}, problems),
    'http',
    { strategies: {}, http: {} },
    problems,
  );
  const compiled = () =>
    pipelines.for({ retry: { retryOn: [PaymentError, isOdd], abortOn: PaymentError } }).pipeline;
  expect(compiled()).toBe(compiled());
  expect(compiled()).not.toBe(pipelines.own);
});
