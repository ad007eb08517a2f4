/** Changes of lists in the schema. No SQL. */
import { CustomerBy } from '#customers/graphql.ts';
import { builder } from '#graphql/builder.ts';
import { readGlobalId } from '#graphql/global-id.ts';
import { defineMutation } from '#graphql/mutations.ts';
import { changeFields, defineInUseError, idField, namedFields } from '#named-resources/graphql.ts';
import { namedMutations } from '#named-resources/mutations.ts';
import { InvalidInputError, NotFoundError } from '#platform/errors.ts';

import { ListInUseError, ListKeyTakenError } from './errors.ts';
import { CustomerList, namedList } from './graphql.ts';
import { MAX_PEOPLE } from './people.ts';
import { archiveList, createList, duplicateList, editList, type ListChange, updateList } from './service.ts';

defineInUseError(ListInUseError, 'Rules of segments name this list.');

const mutations = namedMutations(namedList, ListKeyTakenError);

const peopleDescription = `At most ${MAX_PEOPLE}; duplicates are allowed.`;

const CreateInput = builder.inputType('CreateCustomerListInput', {
  description: 'A new list.',
  fields: (t) => ({
    ...namedFields(t),
    people: t.field({ type: [CustomerBy], description: `Members. ${peopleDescription}` }),
  }),
});

mutations.create({
  description: 'Creates a list, with customers or empty.',
  done: 'A list was created.',
  payload: changePayload,
  input: CreateInput,
  resolve: (input, { app }) => createList(app, input),
});

mutations.duplicate({
  description: 'Saves a copy of a list with its description and customers.',
  done: 'A list was copied.',
  payload: changePayload,
  resolve: (id, copy, { app }) => duplicateList(app, id, copy),
});

const UpdateInput = builder.inputType('UpdateCustomerListInput', {
  description: 'Changes of a list. A field left out keeps its value.',
  fields: (t) => ({
    ...changeFields(t, 'CustomerList'),
  }),
});

mutations.update({
  description: 'Changes the name or description of an active list.',
  done: 'A list was changed.',
  input: UpdateInput,
  resolve: (id, changes, { app }) => updateList(app, id, changes),
});

mutations.archive({
  description: 'Archives a list: it has no members, and its key stays taken. Idempotent.',
  done: 'A list was archived.',
  errors: [ListInUseError],
  resolve: (id, { app }) => archiveList(app, id),
});

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
  defineMutation(name, {
    description: `${description} Idempotent.`,
    payload: changePayload(
      `${typeName}Payload`,
      'The members were changed; segments that refer to the list are updated.',
    ),
    errors: [InvalidInputError, NotFoundError],
    input: Input,
    inputDescription: 'The list and the customers.',
    resolve: async ({ id, people }, { app }) => editList(app, readGlobalId('CustomerList', id), edit, people),
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
