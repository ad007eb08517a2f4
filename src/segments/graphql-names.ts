/** What everything that rules can name has in common in the schema: a key, a name, and the errors about them. */
import { builder } from '#graphql/builder.ts';
import { ErrorInterface } from '#graphql/errors.ts';
import type { DomainError } from '#platform/errors.ts';

type InputFields = Parameters<Parameters<typeof builder.inputType>[1]['fields']>[0];

/** Of an input that makes a new one. */
export function namedFields(t: InputFields) {
  return {
    key: t.string({
      required: true,
      description:
        'Unique for ever: a lower-case letter, then lower-case letters, digits, `-` and `_`, at most 63.',
    }),
    name: t.string({ required: true, description: 'Name for people, 1 to 200 characters.' }),
    description: t.string({ description: 'What it is for, at most 2,000 characters.' }),
  };
}

// As the builder asks for classes.
// oxlint-disable-next-line typescript/no-explicit-any
type ErrorClass<Fields> = new (...parameters: any[]) => DomainError & Fields;

/** @param thing that has the key, such as `list` */
export function defineKeyTakenError(
  errorClass: ErrorClass<{ readonly key: string }>,
  name: string,
  thing: string,
): void {
  builder.objectType(errorClass, {
    name,
    description: `Another ${thing}, live or archived, has this key.`,
    interfaces: [ErrorInterface],
    fields: (t) => ({ key: t.exposeString('key', { description: 'The key that is taken.' }) }),
  });
}

export function defineInUseError(
  errorClass: ErrorClass<{ readonly usedBy: readonly string[] }>,
  name: string,
  description: string,
): void {
  builder.objectType(errorClass, {
    name,
    description,
    interfaces: [ErrorInterface],
    fields: (t) => ({ usedBy: t.exposeStringList('usedBy', { description: 'Keys of those segments.' }) }),
  });
}
