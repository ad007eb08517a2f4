/** Errors that any mutation may return. */
import { type DomainError, InvalidInputError, NotFoundError } from '#platform/errors.ts';

import { builder } from './builder.ts';

/** Fields of every error type; features add their own types with `interfaces: [ErrorInterface]`. */
export const ErrorInterface = builder.interfaceRef<DomainError>('Error').implement({
  description: 'An error that the caller can fix.',
  fields: (t) => ({
    message: t.exposeString('message', { description: 'The expected and the actual value.' }),
  }),
});

builder.objectType(InvalidInputError, {
  name: 'InvalidInputError',
  description: 'A value of the input has the right type and is invalid.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    field: t.exposeString('field', {
      description: 'Path of the field in the input, such as `consents.0.channel`.',
    }),
  }),
});

builder.objectType(NotFoundError, {
  name: 'NotFoundError',
  description: 'No object has this id or key.',
  interfaces: [ErrorInterface],
});
