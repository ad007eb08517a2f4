/** `Query.orders` and `Query.events`: of all customers, by the time of the last change. No SQL. */
import { builder } from '#graphql/builder.ts';
import { readPage, toConnection } from '#graphql/connections.ts';
import { ReadOutSort, settledAt, UPDATED_SINCE } from '#graphql/read-outs.ts';

import {
  Event,
  EventConnection,
  EventEdge,
  Order,
  OrderConnection,
  OrderEdge,
  OrderKindEnum,
} from '../graphql.ts';
import { eventReadOuts, orderReadOuts, type ReadOutFilter } from './queries.ts';

builder.queryField('orders', (t) =>
  t.connection(
    {
      type: Order,
      description: 'Orders of all customers, and those without one, by the time of their last change.',
      args: {
        updatedSince: t.arg({ type: 'DateTime', description: UPDATED_SINCE }),
        kinds: t.arg({ type: [OrderKindEnum], description: 'Only orders of these kinds.' }),
        sort: t.arg({
          type: ReadOutSort,
          required: true,
          defaultValue: 'UPDATED_AT_DESC',
          description: 'Order.',
        }),
      },
      resolve: async (_, { updatedSince = null, kinds = null, sort, ...args }, context) => {
        const { keyset, read, count } = orderReadOuts[sort];
        const page = readPage(args, keyset.order);
        const filter: ReadOutFilter = { updatedSince, kinds };
        await settledAt(context);
        const rows = await read(context.db, filter, page);
        return toConnection(page, rows, keyset.cursorOf, () => count(context.db, filter));
      },
    },
    OrderConnection,
    OrderEdge,
  ),
);

builder.queryField('events', (t) =>
  t.connection(
    {
      type: Event,
      description:
        'Events of all customers, by the time of their last change: their recording, or the merge that moved them.',
      args: {
        updatedSince: t.arg({ type: 'DateTime', description: UPDATED_SINCE }),
        kinds: t.arg.stringList({ description: 'Only events of these kinds, such as `product_viewed`.' }),
        sort: t.arg({
          type: ReadOutSort,
          required: true,
          defaultValue: 'UPDATED_AT_DESC',
          description: 'Order.',
        }),
      },
      resolve: async (_, { updatedSince = null, kinds = null, sort, ...args }, context) => {
        const { keyset, read, count } = eventReadOuts[sort];
        const page = readPage(args, keyset.order);
        const filter: ReadOutFilter = { updatedSince, kinds };
        await settledAt(context);
        const rows = await read(context.db, filter, page);
        return toConnection(page, rows, keyset.cursorOf, () => count(context.db, filter));
      },
    },
    EventConnection,
    EventEdge,
  ),
);
