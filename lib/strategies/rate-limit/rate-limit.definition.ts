import { defineStrategy } from '../strategy-definition.js';
import { RateLimit } from './rate-limit.js';
import type { RateLimitFamily, RateLimitConfig } from './rate-limit.js';
import { rateLimitRules } from './rate-limit.options.js';
import type { RateLimitOptions } from './rate-limit.options.js';

/** Limits how many attempts begin in a time. */
export const rateLimitStrategy = defineStrategy<RateLimitOptions, RateLimitFamily>()({
  place: 'guard',
  title: () => 'rate limit',
  rules: rateLimitRules,
  required: () => ['limit', 'interval'],
  isNamed: true,
  sharedAs: 'a rate limit',
  make(options, context) {
    const { deps } = context;
    return context.shareKeyed<RateLimit, RateLimitConfig>({
      kind: 'rateLimit',
      options,
      previous: context.previous.rateLimit as RateLimitFamily | undefined,
      configOf: (label) => ({ label, options, deps, newAlarm: deps.newAlarm }),
      create: (config, key) => new RateLimit(config, key),
      registry: deps.rateLimits,
    });
  },
  describe: (options) => ({ ...options, burst: options.burst ?? options.limit }),
});
