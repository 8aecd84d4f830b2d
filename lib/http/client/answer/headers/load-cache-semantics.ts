import type CachePolicy from 'http-cache-semantics';
import { LatePackage } from '../../../late-package.js';

/** The class of http-cache-semantics that judges one answer. */
export type CachePolicyClass = typeof CachePolicy;

/** The package that judges answers: only clients that keep them by their headers need it. */
export const cacheSemantics = new LatePackage<CachePolicyClass>(
  async () => {
    const found = (await import('http-cache-semantics')) as { default?: CachePolicyClass };
    // the CommonJS build is given the class itself
    return found.default ?? (found as CachePolicyClass);
  },
  {
    path: "cache.respect: 'headers'",
    expected: 'the package http-cache-semantics, which judges answers (npm install http-cache-semantics)',
  },
);
