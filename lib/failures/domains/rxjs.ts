import type { FailureDomain } from '../failure-domain.js';

export const rxjs: FailureDomain = {
  id: 'rxjs',
  title: 'RxJS',
  source: 'RxJS documentation, error classes',
  sets: [
    {
      tier: 'name',
      by: 'name',
      lines: [
        ['PI', 'EmptyError', 'an Observable without a value: a handler that returned nothing has succeeded'],
        ['PI', 'SequenceError ArgumentOutOfRangeError ObjectUnsubscribedError', 'a bug in the program'],
      ],
    },
  ],
};
