/** The errors that any mutation may answer. */
import { type DomainError, InvalidInputError, NotFoundError } from '#platform/errors.ts';

import { builder } from './builder.ts';

/** What every error type answers; features add their own types with `interfaces: [ErrorInterface]`. */
export const ErrorInterface = builder.interfaceRef<DomainError>('Error').implement({
  description: 'Something the caller can fix.',
  fields: (t) => ({
    message: t.exposeString('message', { description: 'What was expected and what came.' }),
  }),
});

builder.objectType(InvalidInputError, {
  name: 'InvalidInputError',
  description: 'A value of the input has the right type and cannot be used.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    field: t.exposeString('field', {
      description: 'Path of the field in the input, such as `consents.0.channel`.',
    }),
  }),
});

builder.objectType(NotFoundError, {
  name: 'NotFoundError',
  description: 'There is nothing by this id or key.',
  interfaces: [ErrorInterface],
});
