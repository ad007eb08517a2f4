/** Lists in the schema, to read. No SQL. */
import { Customer } from '#customers/graphql.ts';
import { builder } from '#graphql/builder.ts';
import { readPage, toConnection } from '#graphql/connections.ts';
import { namedQueries } from '#named-resources/queries.ts';

import { listById, membersByList, sizeByList } from './loaders.ts';
import { type ListRow, listMembersByEntry, listResource } from './queries.ts';

export const CustomerList = builder.objectRef<ListRow>('CustomerList');
export const namedList = { type: 'CustomerList', noun: 'list', field: 'list', ref: CustomerList };

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

namedQueries(namedList, 'customerLists', { resource: listResource, byId: listById });
