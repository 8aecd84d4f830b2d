import type { BodyInterceptor } from '../body-interceptor.js';
import { defineStrategy } from '../strategy-definition.js';
import { chaosRules } from './chaos.options.js';
import type { ChaosOptions } from './chaos.options.js';

/** Injects faults into attempts; the code that does so is not part of the core. */
export const chaosStrategy = defineStrategy<ChaosOptions, BodyInterceptor>()({
  place: 'body',
  title: () => 'chaos',
  rules: chaosRules,
  required: () => ['faults'],
  isNamed: false,
  isAvailable: ({ chaos }) => chaos !== undefined,
  make: ({ faults = [] }, { deps }) => deps.chaos?.interceptor(faults),
});
