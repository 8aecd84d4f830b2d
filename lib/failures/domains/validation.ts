import { read } from '../../policy/error-chain.js';
import type { FailureDomain } from '../failure-domain.js';
import type { Look } from '../look.js';

/** True for the list that `validate()` of class-validator returns, thrown as it is. */
function isListOfViolations({ error }: Look): boolean {
  if (!Array.isArray(error) || error.length === 0) return false;
  const first: unknown = error[0];
  const said = [read(first, 'target'), read(first, 'constraints'), read(first, 'children')];
  return (
    typeof read(first, 'property') === 'string' && said.some((one) => typeof one === 'object' && one !== null)
  );
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
          'ZodError $ZodError ValidationError CastError StrictModeError MissingSchemaError ValidatorError StrictPopulateError ' +
            'ObjectExpectedError ObjectParameterError OverwriteModelError DivergentArrayError ValiError StructError',
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
