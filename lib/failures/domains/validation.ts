import { field } from '../look.js';
import type { FailureDomain } from '../failure-domain.js';
import type { Look } from '../look.js';

/** True for the list that `validate()` of class-validator returns, thrown as it is. */
function isListOfViolations({ error }: Look): boolean {
  if (!Array.isArray(error) || error.length === 0) return false;
  const first: unknown = error[0];
  return typeof field(first, 'property') === 'string' && field(first, 'target') !== undefined;
}

export const validation: FailureDomain = {
  id: 'validation',
  title: 'Validation: zod, class-validator, joi, mongoose and others',
  source: 'the error classes of each',
  sets: [
    {
      tier: 'name',
      by: 'name',
      lines: [
        [
          'PI',
          'ZodError ValidationError CastError StrictModeError MissingSchemaError',
          'a value does not fit: nothing was asked of a server',
        ],
      ],
    },
    {
      tier: 'client',
      on: 'no code',
      by: (look) => (isListOfViolations(look) ? 'class-validator' : undefined),
      lines: [['PI', 'class-validator', 'a value does not fit: nothing was asked of a server']],
    },
  ],
};
