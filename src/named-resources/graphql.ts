/** The common part of named resources in the schema: node fields, inputs, and the errors about keys. */
import type { FieldMap } from '@pothos/core';
import type DataLoader from 'dataloader';

import { builder } from '#graphql/builder.ts';
import { ErrorInterface } from '#graphql/errors.ts';
import { GlobalId } from '#graphql/global-id.ts';
import { instants, type ObjectFields } from '#graphql/instants.ts';
import type { ErrorClass } from '#graphql/mutations.ts';
import type { RequestContext } from '#platform/request.ts';

/** A resource in the schema. */
export interface NamedType<Row> {
  /** Such as `ClusterSet`. */
  readonly type: string;
  /** In descriptions, such as `cluster set`. */
  readonly noun: string;
  /** Of payloads, such as `clusterSet`. */
  readonly field: string;
  readonly ref: ReturnType<typeof builder.objectRef<Row>>;
}

interface NamedRow {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly archivedAt: Date | null;
}

/** @param own fields beside those that every named resource has; one of the same name replaces it */
export function defineNamedNode<Row extends NamedRow>(
  { ref }: NamedType<Row>,
  byId: (context: RequestContext) => DataLoader<string, Row | null>,
  description: string,
  own: (t: ObjectFields<Row>) => FieldMap,
): void {
  builder.node(ref, {
    description,
    id: { resolve: ({ id }) => id, description: 'Global id.' },
    loadMany: (ids, context) => ids.map((id) => byId(context).load(id)),
    // The builder cannot see the properties of `NamedRow` in a row of generic type.
    fields: (t) => ({ ...namedNodeFields(t as unknown as ObjectFields<NamedRow>), ...own(t) }),
  });
}

/** As `defineNamedNode`, of a type that `node` does not answer: `node` needs the scopes of all its types. */
export function defineNamedObject<Row extends NamedRow>(
  { type, ref }: NamedType<Row>,
  description: string,
  own: (t: ObjectFields<Row>) => FieldMap,
): void {
  builder.objectType(ref, {
    description,
    fields: (t) => {
      const named = t as unknown as ObjectFields<NamedRow>;
      return {
        id: named.id({
          description: 'Global id.',
          resolve: ({ id }) => new GlobalId(`${type}:`, id).toString(),
        }),
        ...namedNodeFields(named),
        ...own(t),
      };
    },
  });
}

function namedNodeFields(t: ObjectFields<NamedRow>) {
  return {
    key: t.exposeString('key', { description: 'Unique name for rules and programs; never changes.' }),
    name: t.exposeString('name', { description: 'Display name.' }),
    ...instants(
      t,
      { createdAt: 'Time of creation.', updatedAt: 'Time of the last change.' },
      { archivedAt: 'Time of archiving; null while it is active.' },
    ),
  };
}

/** Of a resource that has a description. */
export function descriptionField<Row extends { readonly description: string | null }>(t: ObjectFields<Row>) {
  return (t as unknown as ObjectFields<{ readonly description: string | null }>).exposeString('description', {
    nullable: true,
    description: 'Purpose; null where none was given.',
  });
}

type InputFields = Parameters<Parameters<typeof builder.inputType>[1]['fields']>[0];

const NAME = '1 to 200 characters.';

export function keyAndName(t: InputFields) {
  return {
    key: t.string({
      required: true,
      description:
        'Unique and unchangeable: 1 to 100 lower-case letters, digits, `-` and `_`, a letter or digit first.',
    }),
    name: t.string({ required: true, description: `Display name, ${NAME}` }),
  };
}

/** Of an input that creates one. */
export function namedFields(t: InputFields) {
  return {
    ...keyAndName(t),
    description: t.string({ description: 'Purpose, at most 2,000 characters.' }),
  };
}

/** Of an input that changes one. */
export function changeFields(t: InputFields, type: string) {
  return {
    id: idField(t, type),
    name: t.string({ description: `Display name, ${NAME}` }),
    description: t.string({ description: 'Purpose, at most 2,000 characters; null clears it.' }),
  };
}

export function idField(t: InputFields, type: string) {
  return t.id({ required: true, description: `Global id as in \`${type}.id\`, or the plain UUID.` });
}

/** @param noun in descriptions, such as `cluster set` */
export function duplicateInput(type: string, noun: string) {
  return builder.inputType(`Duplicate${type}Input`, {
    description: `A ${noun} to copy, active or archived, and the key of the copy.`,
    fields: (t) => ({
      id: idField(t, type),
      key: t.string({ required: true, description: `Key of the copy, as in \`Create${type}Input\`.` }),
      name: t.string({ description: 'Name of the copy; that of the original by default.' }),
    }),
  });
}

export function archiveInput(type: string, noun: string) {
  return builder.inputType(`Archive${type}Input`, {
    description: `The ${noun} to archive.`,
    fields: (t) => ({ id: idField(t, type) }),
  });
}

/** @param noun of what has the key, such as `list` */
export function defineKeyTakenError(errorClass: ErrorClass<{ readonly key: string }>, noun: string): void {
  builder.objectType(errorClass, {
    name: errorClass.name,
    description: `Another ${noun}, active or archived, has this key.`,
    interfaces: [ErrorInterface],
    fields: (t) => ({ key: t.exposeString('key', { description: 'The key that is taken.' }) }),
  });
}

export function defineInUseError(
  errorClass: ErrorClass<{ readonly usedBy: readonly string[] }>,
  description: string,
): void {
  builder.objectType(errorClass, {
    name: errorClass.name,
    description,
    interfaces: [ErrorInterface],
    fields: (t) => ({ usedBy: t.exposeStringList('usedBy', { description: 'Keys of those segments.' }) }),
  });
}
