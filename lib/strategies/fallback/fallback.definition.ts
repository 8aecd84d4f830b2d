import type { CallWrapper } from '../call-wrapper.js';
import { defineStrategy } from '../strategy-definition.js';
import { Fallback } from './fallback.js';
import { fallbackRules } from './fallback.options.js';
import type { FallbackFunction, FallbackPolicy } from './fallback.options.js';

/** Answers in place of calls that have failed for good. */
export const fallbackStrategy = defineStrategy<FallbackFunction | FallbackPolicy, CallWrapper>()({
  place: 'call',
  title: () => 'fallback',
  rules: fallbackRules,
  shorthand: 'use',
  required: () => ['use'],
  isNamed: false,
  make: (options, context) => new Fallback(context.label(undefined), options, context.deps),
});
