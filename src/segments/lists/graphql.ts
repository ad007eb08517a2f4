/** Lists in the schema, to read. No SQL. */
import { Customer } from '#customers/graphql.ts';
import { builder } from '#graphql/builder.ts';
import { badInput, readPage, toConnection } from '#graphql/connections.ts';
import { InvalidInputError } from '#platform/errors.ts';

import { readGlobalId } from '#graphql/global-id.ts';
import { listById, membersByList, sizeByList } from './loaders.ts';
import { type ListRow, listMembersByEntry, listResource } from './queries.ts';

export const CustomerList = builder.objectRef<ListRow>('CustomerList');

builder.node(CustomerList, {
  description: "Customers who were chosen by hand. Rules name it: `IN LIST 'key'`.",
  id: { resolve: (list) => list.id, description: 'Global id.' },
  loadMany: (ids, context) => ids.map((id) => listById(context).load(id)),
  fields: (t) => ({
    key: t.exposeString('key', { description: 'Name for machines: unique, never changed.' }),
    name: t.exposeString('name', { description: 'Display name.' }),
    description: t.exposeString('description', { nullable: true, description: 'What it is for.' }),
    size: t.int({
      description: 'Number of customers on it.',
      resolve: ({ id }, _, context) => sizeByList(context).load(id),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When it or its members were last changed.',
    }),
    archivedAt: t.expose('archivedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time of archiving; null while it is active.',
    }),
    members: t.connection(
      {
        type: Customer,
        description: 'Members, last added first.',
        resolve: async ({ id }, args, context) => {
          const page = readPage(args, listMembersByEntry.order);
          return toConnection(
            page,
            await membersByList(context, page).load(id),
            listMembersByEntry.cursorOf,
            () => sizeByList(context).load(id),
          );
        },
      },
      { name: 'CustomerListMemberConnection', description: 'A page of customers on a list.' },
      {
        name: 'CustomerListMemberEdge',
        description: 'Somebody on a list.',
        fields: (t) => ({
          addedAt: t.field({
            type: 'DateTime',
            description: 'When they were put on it; kept while they stay.',
            resolve: ({ node }) => node.addedAt,
          }),
        }),
      },
    ),
  }),
});

const CustomerListBy = builder.inputType('CustomerListBy', {
  description: 'Which list: exactly one of these.',
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: 'Global id as in `CustomerList.id`, or the plain UUID.' }),
    key: t.string({ description: 'Its key.' }),
  }),
});

builder.queryField('customerList', (t) =>
  t.field({
    type: CustomerList,
    nullable: true,
    description: 'One list, archived or not; null where there is none.',
    args: { by: t.arg({ type: CustomerListBy, required: true, description: 'How to find it.' }) },
    resolve: (_, { by: { id, key } }, context) => {
      // No key holds NUL, and the database would not take it.
      if (id == null) return key == null ? null : listResource.byKey(context.db, key);
      try {
        return listById(context).load(readListId(id));
      } catch (error) {
        if (error instanceof InvalidInputError) throw badInput(`${error.field}: ${error.message}`);
        throw error;
      }
    },
  }),
);

builder.queryField('customerLists', (t) =>
  t.connection(
    {
      type: CustomerList,
      description: 'The lists that are live, by key.',
      resolve: async (_, args, { db }) => {
        const page = readPage(args, listResource.keyset.order);
        return toConnection(page, await listResource.page(db, page), listResource.keyset.cursorOf, () =>
          listResource.count(db),
        );
      },
    },
    { name: 'CustomerListConnection', description: 'A page of lists.' },
    { name: 'CustomerListEdge', description: 'A list and its place in the order.' },
  ),
);

/** @throws {InvalidInputError} the text is neither the global id of a list nor a UUID. */
export function readListId(text: string): string {
  return readGlobalId('CustomerList', text);
}
