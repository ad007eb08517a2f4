/** Lists in the schema. No SQL. */
import { Customer } from '#customers/graphql.ts';
import { builder } from '#graphql/builder.ts';
import { readPage, toConnection } from '#graphql/connections.ts';
import { instants } from '#graphql/instants.ts';
import { defineNamedNode, descriptionField } from '#named-resources/graphql.ts';
import { namedQueries } from '#named-resources/queries.ts';

import { listById, membersByList, sizeByList } from './loaders.ts';
import { type ListRow, listMembersByEntry, listResource } from './queries.ts';

export const CustomerList = builder.objectRef<ListRow>('CustomerList');
export const namedList = { type: 'CustomerList', noun: 'list', field: 'list', ref: CustomerList };

defineNamedNode(
  namedList,
  listById,
  "Customers who were selected manually. Rules refer to it by `IN LIST 'key'`.",
  (t) => ({
    description: descriptionField(t),
    size: t.int({
      description: 'Number of customers on it.',
      resolve: ({ id }, _, context) => sizeByList(context).load(id),
    }),
    ...instants(t, { updatedAt: 'Time of the last change of the list or of its members.' }),
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
        description: 'A customer on a list.',
        fields: (t) => ({
          addedAt: t.field({
            type: 'DateTime',
            description: 'When they were added; kept while they stay.',
            resolve: ({ node }) => node.addedAt,
          }),
        }),
      },
    ),
  }),
);

namedQueries(namedList, 'customerLists', { resource: listResource, byId: listById });
