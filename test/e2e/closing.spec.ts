import { describe, expect, it } from '@jest/globals';
import { runChild } from '../support/child/run-child.js';

const TOLD = {
  backoff: 'not now',
  hedge: 'RESILIENCE_SHUTDOWN',
  timeout: 'RESILIENCE_SHUTDOWN',
  total: 'RESILIENCE_SHUTDOWN',
  'line of the bulkhead': 'RESILIENCE_SHUTDOWN',
  'line of the rate limit': 'RESILIENCE_SHUTDOWN',
  'http never': 'RESILIENCE_SHUTDOWN',
  'http failing': 'RESILIENCE_UPSTREAM_HTTP',
  'http later': 'RESILIENCE_UPSTREAM_HTTP',
};

describe('an application in which calls wait everywhere', () => {
  it.each([
    ['app.close()', 'close', { code: 0, signal: null }],
    ['SIGTERM and shutdown hooks', 'signal', { code: null, signal: 'SIGTERM' }],
  ])(
    'is ended at once by %s, and its process ends by itself',
    async (_what, how, end) => {
      const { said, ...ended } = await runChild('closing', { args: [how] });
      expect(JSON.parse(said)).toEqual({ told: expect.objectContaining(TOLD), pending: 0 });
      expect(ended).toEqual(end);
    },
    30_000,
  );
});
