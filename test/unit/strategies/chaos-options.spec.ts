import { describe, expect, it } from '@jest/globals';
import { Problems } from '../../../lib/policy/problems.js';
import { checkPolicy } from '../../../lib/strategies/policy.options.js';

/** The problems of `chaos` in a policy, and what is left of it. */
function checked(chaos: unknown) {
  const problems = new Problems();
  const layer = checkPolicy({ chaos }, 'policies.payments', problems);
  return { layer: layer.chaos, lines: problems.list.map(({ path }) => path), problems: problems.list };
}

const at = 'policies.payments.chaos.faults';

describe('the faults of a policy', () => {
  it('are kept in a form that is ready to use', () => {
    const make = () => new Error('made');
    const { layer, lines } = checked({
      faults: [
        { kind: 'error', error: 'ECONNRESET', rate: 0.1 },
        { kind: 'error', error: 503 },
        { kind: 'error', error: { status: 429, headers: { 'Retry-After': 2 } }, rate: 0 },
        { kind: 'error', error: make },
        { kind: 'latency', delay: '2s', rate: 1 },
        { kind: 'latency', delay: ['100ms', 3000] },
        { kind: 'result', result: make },
        { kind: 'hang', rate: 0.5 },
      ],
    });
    expect(lines).toEqual([]);
    expect(layer).toEqual({
      faults: [
        { kind: 'error', error: 'ECONNRESET', rate: 0.1 },
        { kind: 'error', error: { status: 503, headers: {} }, rate: 1 },
        { kind: 'error', error: { status: 429, headers: { 'retry-after': '2' } }, rate: 0 },
        { kind: 'error', error: make, rate: 1 },
        { kind: 'latency', delay: [2000, 2000], rate: 1 },
        { kind: 'latency', delay: [100, 3000], rate: 1 },
        { kind: 'result', result: make, rate: 1 },
        { kind: 'hang', rate: 0.5 },
      ],
    });
  });

  it.each<[what: string, faults: unknown, path: string]>([
    ['no list', 'ECONNRESET', at],
    ['an empty list', [], at],
    ['more than 20', Array(21).fill({ kind: 'hang' }), at],
    ['no fault', ['hang'], `${at}[0]`],
    ['no kind', [{ rate: 1 }], `${at}[0].kind`],
    ['an unknown kind', [{ kind: 'hang' }, { kind: 'crash' }], `${at}[1].kind`],
    ['an inherited kind', [Object.create({ kind: 'hang' })], `${at}[0].kind`],
    ['a rate above 1', [{ kind: 'hang', rate: 1.1 }], `${at}[0].rate`],
    ['a negative rate', [{ kind: 'hang', rate: -0.1 }], `${at}[0].rate`],
    ['a rate that is no number', [{ kind: 'hang', rate: '10%' }], `${at}[0].rate`],
    ['a rate that is NaN', [{ kind: 'hang', rate: NaN }], `${at}[0].rate`],
    ['an option of another kind', [{ kind: 'hang', delay: 1 }], `${at}[0].delay`],
    ['no error', [{ kind: 'error' }], `${at}[0].error`],
    ['a status as text', [{ kind: 'error', error: '503' }], `${at}[0].error`],
    ['a message', [{ kind: 'error', error: 'connection reset' }], `${at}[0].error`],
    ['a status that is no error', [{ kind: 'error', error: 200 }], `${at}[0].error`],
    ['a status that does not exist', [{ kind: 'error', error: 600 }], `${at}[0].error`],
    ['an answer without a status', [{ kind: 'error', error: { headers: {} } }], `${at}[0].error`],
    ['an answer with a body', [{ kind: 'error', error: { status: 503, body: '' } }], `${at}[0].error`],
    [
      'a header that is no text',
      [{ kind: 'error', error: { status: 503, headers: { a: {} } } }],
      `${at}[0].error`,
    ],
    [
      'a split header',
      [{ kind: 'error', error: { status: 503, headers: { a: 'b\r\nc: d' } } }],
      `${at}[0].error`,
    ],
    [
      'a header without a name',
      [{ kind: 'error', error: { status: 503, headers: { 'a b': '' } } }],
      `${at}[0].error`,
    ],
    ['no delay', [{ kind: 'latency' }], `${at}[0].delay`],
    ['a delay that is no duration', [{ kind: 'latency', delay: '2 parsecs' }], `${at}[0].delay`],
    ['a range that is upside down', [{ kind: 'latency', delay: ['3s', '1s'] }], `${at}[0].delay`],
    ['a range of one', [{ kind: 'latency', delay: ['3s'] }], `${at}[0].delay`],
    ['a range of three', [{ kind: 'latency', delay: [1, 2, 3] }], `${at}[0].delay`],
    ['no result', [{ kind: 'result' }], `${at}[0].result`],
    ['a result that is no function', [{ kind: 'result', result: 'value' }], `${at}[0].result`],
  ])('that are wrong are told with their place: %s', (_what, faults, path) => {
    const { lines, problems } = checked({ faults });
    expect(lines).toEqual([path]);
    expect(problems[0].expected).not.toBe('');
  });

  it('are told all at once', () => {
    const faults = [{ kind: 'error', rate: 2 }, { kind: 'latency', delay: -1 }, 7];
    expect(checked({ faults }).lines).toEqual([
      `${at}[0].rate`,
      `${at}[0].error`,
      `${at}[1].delay`,
      `${at}[2]`,
    ]);
  });

  it('are not taken from a polluted prototype', () => {
    Object.assign(Object.prototype, { rate: 0.5, headers: { a: '1' } });
    try {
      expect(checked({ faults: [{ kind: 'error', error: 503 }] }).layer).toEqual({
        faults: [{ kind: 'error', error: { status: 503, headers: {} }, rate: 1 }],
      });
    } finally {
      for (const key of ['rate', 'headers']) Reflect.deleteProperty(Object.prototype, key);
    }
  });
});
