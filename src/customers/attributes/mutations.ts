/** Declarations of attributes in the schema. No SQL. */
import { builder } from '#graphql/builder.ts';
import { ErrorInterface } from '#graphql/errors.ts';
import { InvalidInputError, NotFoundError } from '#platform/errors.ts';

import type { CatalogAttribute } from './catalog.ts';
import { AttributeDeclaredError } from './errors.ts';
import { AttributeDefinition, AttributeTypeEnum } from './graphql.ts';
import { archiveAttributeDefinition, defineAttribute, updateAttributeDefinition } from './service.ts';

builder.objectType(AttributeDeclaredError, {
  name: 'AttributeDeclaredError',
  description: 'The attribute is declared already.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ key: t.exposeString('key', { description: 'Its key.' }) }),
});

function payload(name: string, description: string) {
  return builder.objectRef<CatalogAttribute>(name).implement({
    description,
    fields: (t) => ({
      attribute: t.field({
        type: AttributeDefinition,
        description: 'The attribute after the change.',
        resolve: (attribute) => attribute,
      }),
    }),
  });
}

type InputFields = PothosSchemaTypes.InputFieldBuilder<typeof builder.$inferSchemaTypes, 'InputObject'>;

const textFields = (t: InputFields) => ({
  label: t.string({ description: 'Display name, at most 200 characters; null for none.' }),
  description: t.string({ description: 'Meaning, at most 2,000 characters; null for none.' }),
  values: t.stringList({
    description: 'The allowed texts of a value, or of an element of a list: 1 to 500; null allows any.',
  }),
});

const KEY = 'Its name in `Customer.attributes`, exactly.';

const DefineAttributeInput = builder.inputType('DefineAttributeInput', {
  description: 'Declaration of an attribute.',
  fields: (t) => ({
    key: t.string({ required: true, description: `${KEY} At most 200 characters.` }),
    type: t.field({ type: AttributeTypeEnum, required: true, description: 'Type of its values.' }),
    ...textFields(t),
  }),
});

builder.mutationField('defineAttribute', (t) =>
  t.field({
    type: payload('DefineAttributePayload', 'The attribute was declared.'),
    description:
      'Declares an attribute: from then on values of another type are refused, in mutations and files. Stored values stay; those of another type match no rule.',
    errors: { types: [InvalidInputError, AttributeDeclaredError], directResult: true },
    args: {
      input: t.arg({ type: DefineAttributeInput, required: true, description: 'The declaration.' }),
    },
    resolve: (_, { input }, { app }) => defineAttribute(app, input),
  }),
);

const UpdateAttributeDefinitionInput = builder.inputType('UpdateAttributeDefinitionInput', {
  description: 'Changes of a declaration. A field left out keeps its value.',
  fields: (t) => ({
    key: t.string({ required: true, description: KEY }),
    type: t.field({ type: AttributeTypeEnum, description: 'Another type of its values.' }),
    ...textFields(t),
  }),
});

builder.mutationField('updateAttributeDefinition', (t) =>
  t.field({
    type: payload('UpdateAttributeDefinitionPayload', 'The declaration was changed.'),
    description:
      'Changes the declaration of an attribute. Segments keep their rules: a value of another type than a rule expects does not match.',
    errors: { types: [InvalidInputError, NotFoundError], directResult: true },
    args: {
      input: t.arg({ type: UpdateAttributeDefinitionInput, required: true, description: 'The changes.' }),
    },
    resolve: (_, { input }, { app }) => updateAttributeDefinition(app, input),
  }),
);

const ArchiveAttributeDefinitionInput = builder.inputType('ArchiveAttributeDefinitionInput', {
  description: 'The declaration to archive.',
  fields: (t) => ({ key: t.string({ required: true, description: KEY }) }),
});

builder.mutationField('archiveAttributeDefinition', (t) =>
  t.field({
    type: payload('ArchiveAttributeDefinitionPayload', 'The declaration was archived.'),
    description:
      'Archives the declaration of an attribute. Values remain, values of any type are accepted, and segments keep their rules. The attribute can be declared again. Idempotent.',
    errors: { types: [NotFoundError], directResult: true },
    args: {
      input: t.arg({
        type: ArchiveAttributeDefinitionInput,
        required: true,
        description: 'The declaration.',
      }),
    },
    resolve: (_, { input: { key } }, { app }) => archiveAttributeDefinition(app, key),
  }),
);
