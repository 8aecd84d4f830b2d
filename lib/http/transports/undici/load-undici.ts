import type * as undici from 'undici';
import { LatePackage } from '../../late-package.js';

/** The package undici, loaded. */
export type Undici = typeof undici;

/** Undici takes time to load, and sets a global dispatcher where there is none. */
export const undiciPackage = new LatePackage<Undici>(
  () => {
    // the built-in fetch takes whatever dispatcher it finds: Node sets its own with the first look at one of its classes
    void globalThis.Headers;
    return import('undici');
  },
  {
    path: 'undici',
    expected:
      'the package undici, which sends the requests (npm install undici, or give the client a `transport`)',
  },
);
