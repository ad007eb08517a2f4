/** Changes of lists in the schema. No SQL. */
import { CustomerBy } from '#customers/graphql.ts';
import { builder } from '#graphql/builder.ts';
import { InvalidInputError, NotFoundError } from '#platform/errors.ts';
import type { RequestContext } from '#platform/request.ts';

import {
  archiveInput,
  changeFields,
  defineInUseError,
  defineKeyTakenError,
  duplicateInput,
  idField,
  namedFields,
} from '#named-resources/graphql.ts';
import { ListInUseError, ListKeyTakenError } from './errors.ts';
import { CustomerList, readListId } from './graphql.ts';
import { listById, sizeByList } from './loaders.ts';
import { MAX_PEOPLE } from './people.ts';
import type { ListRow } from './queries.ts';
import { archiveList, createList, duplicateList, editList, type ListChange, updateList } from './service.ts';

defineKeyTakenError(ListKeyTakenError, 'ListKeyTakenError', 'list');

defineInUseError(ListInUseError, 'ListInUseError', 'Rules of segments name this list.');

const peopleDescription = `At most ${MAX_PEOPLE}; duplicates are allowed.`;

const CreateInput = builder.inputType('CreateCustomerListInput', {
  description: 'A new list.',
  fields: (t) => ({
    ...namedFields(t),
    people: t.field({ type: [CustomerBy], description: `Members. ${peopleDescription}` }),
  }),
});

builder.mutationField('createCustomerList', (t) =>
  t.field({
    type: changePayload('CreateCustomerListPayload', 'A list was created.'),
    description: 'Creates a list, with customers or empty.',
    errors: { types: [InvalidInputError, ListKeyTakenError], directResult: true },
    args: { input: t.arg({ type: CreateInput, required: true, description: 'The list.' }) },
    resolve: async (_, { input }, { app }) => createList(app, input),
  }),
);

builder.mutationField('duplicateCustomerList', (t) =>
  t.field({
    type: changePayload('DuplicateCustomerListPayload', 'A list was copied.'),
    description: 'Saves a list with the description and the customers of another.',
    errors: { types: [InvalidInputError, NotFoundError, ListKeyTakenError], directResult: true },
    args: {
      input: t.arg({
        type: duplicateInput('CustomerList', 'list'),
        required: true,
        description: 'The list.',
      }),
    },
    resolve: async (_, { input: { id, ...copy } }, { app }) => duplicateList(app, readListId(id), copy),
  }),
);

const UpdateInput = builder.inputType('UpdateCustomerListInput', {
  description: 'Changes of a list. A field left out keeps its value.',
  fields: (t) => ({
    ...changeFields(t, 'CustomerList'),
  }),
});

builder.mutationField('updateCustomerList', (t) =>
  t.field({
    type: listPayload('UpdateCustomerListPayload', 'A list was changed.'),
    description: 'Changes the name or description of an active list.',
    errors: { types: [InvalidInputError, NotFoundError], directResult: true },
    args: { input: t.arg({ type: UpdateInput, required: true, description: 'The changes.' }) },
    resolve: async (_, { input: { id, ...changes } }, context) =>
      fresh(context, await updateList(context.app, readListId(id), changes)),
  }),
);

const edits = [
  ['replaceCustomerListMembers', 'replace', 'Replaces the members of a list.'],
  ['addToCustomerList', 'add', 'Adds customers to a list.'],
  ['removeFromCustomerList', 'remove', 'Removes customers from a list.'],
] as const;

for (const [name, edit, description] of edits) {
  const typeName = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  const Input = builder.inputType(`${typeName}Input`, {
    description: 'A list and customers.',
    fields: (t) => ({
      id: idField(t, 'CustomerList'),
      people: t.field({ type: [CustomerBy], required: true, description: peopleDescription }),
    }),
  });
  builder.mutationField(name, (t) =>
    t.field({
      type: changePayload(`${typeName}Payload`, 'The list is as asked; segments that name it follow.'),
      description: `${description} Idempotent.`,
      errors: { types: [InvalidInputError, NotFoundError], directResult: true },
      args: { input: t.arg({ type: Input, required: true, description: 'The list and the customers.' }) },
      resolve: async (_, { input: { id, people } }, context) => {
        const change = await editList(context.app, readListId(id), edit, people);
        fresh(context, change.list);
        return change;
      },
    }),
  );
}

builder.mutationField('archiveCustomerList', (t) =>
  t.field({
    type: listPayload('ArchiveCustomerListPayload', 'A list was archived.'),
    description: 'Archives a list: it has no members, and its key stays taken. Idempotent.',
    errors: { types: [InvalidInputError, NotFoundError, ListInUseError], directResult: true },
    args: {
      input: t.arg({ type: archiveInput('CustomerList', 'list'), required: true, description: 'The list.' }),
    },
    resolve: async (_, { input }, context) =>
      fresh(context, await archiveList(context.app, readListId(input.id))),
  }),
);

function listPayload(name: string, description: string) {
  return builder.objectRef<ListRow>(name).implement({
    description,
    fields: (t) => ({
      list: t.field({ type: CustomerList, description: 'The list as it is now.', resolve: (row) => row }),
    }),
  });
}

function changePayload(name: string, description: string) {
  return builder.objectRef<ListChange>(name).implement({
    description,
    fields: (t) => ({
      list: t.expose('list', { type: CustomerList, description: 'The list as it is now.' }),
      added: t.exposeInt('added', { description: 'Number of customers added.' }),
      removed: t.exposeInt('removed', { description: 'Number of customers removed.' }),
      unknown: t.exposeIntList('unknown', {
        description:
          'Zero-based indexes of the entries of `people` that matched no customer. They were skipped.',
      }),
    }),
  });
}

/** Nothing that was read before the change in this request is answered after it. */
function fresh(context: RequestContext, row: ListRow): ListRow {
  listById(context).clear(row.id);
  sizeByList(context).clearAll();
  return row;
}
