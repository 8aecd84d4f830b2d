import { aborts, digests, encodings, failures, heads, reads, redirects, schemes } from './answers.js';
import type { FetchBehaviour } from './behaviour.js';
import { bodies, headers, methods, requests, urls } from './requests.js';

export type { Ask, FetchBehaviour } from './behaviour.js';

/** The behaviours of `fetch`, by what they are about. */
export const fetchBehaviours: Readonly<Record<string, readonly FetchBehaviour[]>> = {
  'URLs and arguments': urls,
  Methods: methods,
  'Headers of a request': headers,
  'Bodies of a request': bodies,
  '`Request` and its other members': requests,
  'Status and headers of an answer': heads,
  'Bodies of an answer': reads,
  Encodings: encodings,
  Redirects: redirects,
  Aborting: aborts,
  'Network errors': failures,
  '`integrity`': digests,
  'Other schemes': schemes,
};
