import { describe, expect, it } from '@jest/globals';
import { runChild } from '../support/child/run-child.js';

const USERS = ['alice', 'bob', 'carol'];

describe.each(['express', 'fastify'])(
  'requests that overlap on %s, with a store of nestjs-cls each',
  (platform) => {
    it.each([
      ['retried after a time-out', 'retried'],
      ['retried after a time-out, without @Attempt()', 'plain'],
      ['hedged', 'hedged'],
    ])('see the user of their own request in each attempt, and listeners do: %s', async (_what, method) => {
      const { said, code } = await runChild('request-contexts', { args: [platform, method] });
      expect(code).toBe(0);
      expect(JSON.parse(said)).toEqual({
        answered: USERS,
        seen: [...USERS.map((user) => [user, 1, user]), ...USERS.map((user) => [user, 2, user])],
        told: USERS,
      });
    });
  },
);
