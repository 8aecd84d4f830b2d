import { describe, expect, it } from '@jest/globals';
import { UpstreamConnectionException } from '../../../../lib/exceptions/upstream.exceptions.js';
import { mayRepeat } from '../../../../lib/http/request/replay-safety.js';
import { system } from '../../../support/foreign-errors.js';

const post = { method: 'POST', headers: {}, isOnce: false };
const sent = { wasSent: true, wasDone: false };
const mayRepeatAfter = (cause: unknown, delivery = sent) =>
  mayRepeat(post as never, delivery, new UpstreamConnectionException({ cause }));

describe('a POST without a key', () => {
  it.each(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS'])(
    'may be sent again after %s: this machine had no connection to send it on',
    (code) => {
      expect(mayRepeatAfter(system(code, 'socket'))).toBe(true);
      expect(mayRepeatAfter(system(code, 'socket'), { ...sent, wasDone: true })).toBe(false);
    },
  );

  it('may not after a connection that broke', () => {
    expect(mayRepeatAfter(system('ECONNRESET', 'read'))).toBe(false);
  });
});
