import { describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { lookup } from 'node:dns/promises';
import { classifyFailure, explainFailure } from 'nestjs-breakwater';
import { isInjected } from 'nestjs-breakwater/chaos';
import { errorWithCode, errorWithStatus, markInjected } from '../../../lib/chaos/injected-error.js';
import { parseServerDelay } from '../../../lib/policy/server-delay.js';

const codes = [
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_SOCKET',
];

describe('an injected system error', () => {
  it.each(codes)('%s is taken for a real one', (code) => {
    expect(classifyFailure(errorWithCode(code))).toBe('transient');
    expect(explainFailure(errorWithCode(code)).rule).not.toContain('unknown');
  });

  it('has the members and the message of a refused connection', async () => {
    const real = await new Promise<NodeJS.ErrnoException>((resolve) =>
      connect(1, '127.0.0.1').on('error', resolve),
    );
    const { code, errno, syscall } = errorWithCode('ECONNREFUSED') as NodeJS.ErrnoException;
    expect({ code, errno, syscall }).toEqual({ code: real.code, errno: real.errno, syscall: real.syscall });
    expect(real.message.startsWith(errorWithCode('ECONNREFUSED').message)).toBe(true);
  });

  it('has the number of a name that the resolver does not know', async () => {
    const real = (await lookup('injected.invalid').catch((error: unknown) => error)) as NodeJS.ErrnoException;
    const made = errorWithCode(real.code as string);
    expect(made).toMatchObject({ errno: real.errno, syscall: real.syscall, message: real.message });
    expect(made).toMatchObject({ hostname: 'injected.invalid' });
  });

  it('of a code that Node does not know has the code', () => {
    const made = errorWithCode('P1001');
    expect(made).toMatchObject({ code: 'P1001', name: 'Error' });
    expect(made).not.toHaveProperty('errno');
  });
});

describe('an injected answer in a place without HTTP', () => {
  it('is judged by its status, and says when to come back', () => {
    const error = errorWithStatus({ status: 503, headers: { 'retry-after': '2' } });
    expect(error.message).toBe('Injected answer: 503 Service Unavailable');
    expect(classifyFailure(error)).toBe('transient');
    expect(parseServerDelay(error, 0)).toBe(2000);
    expect(classifyFailure(errorWithStatus({ status: 404, headers: {} }))).toBe('permanent');
  });
});

describe('the mark of an injected error', () => {
  it('is seen along its causes, and by no one who lists its members', () => {
    const error = markInjected(errorWithCode('ECONNRESET'));
    expect(isInjected(error)).toBe(true);
    expect(isInjected(new Error('outer', { cause: new Error('middle', { cause: error }) }))).toBe(true);
    expect(Object.keys(error)).toEqual(['errno', 'code', 'syscall']);
    expect(JSON.stringify(error)).not.toContain('injected');
  });

  it('is that of every copy of the package', () => {
    const foreign = Object.defineProperty(
      new Error('of another copy'),
      Symbol.for('nestjs-breakwater:injected'),
      {
        value: true,
      },
    );
    expect(isInjected(foreign)).toBe(true);
  });

  it.each([undefined, null, 'ECONNRESET', 42, new Error('real'), Object.freeze(new Error('frozen'))])(
    'is not on %s, and nothing is thrown',
    (error) => {
      expect(isInjected(error)).toBe(false);
    },
  );

  it('leaves what cannot be marked as it is', () => {
    const frozen = Object.freeze(new Error('frozen'));
    expect(markInjected(frozen)).toBe(frozen);
    expect(markInjected('text')).toBe('text');
    expect(
      isInjected(
        new Proxy(
          {},
          {
            getOwnPropertyDescriptor: () => {
              throw new Error('hostile');
            },
          },
        ),
      ),
    ).toBe(false);
  });

  it('does not end in a circle of causes', () => {
    const circle = new Error('circle') as Error & { cause: unknown };
    circle.cause = circle;
    expect(isInjected(circle)).toBe(false);
  });
});
