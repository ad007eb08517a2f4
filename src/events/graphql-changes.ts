/** Orders of change-log entries. No SQL. */
import { Change } from '#changes/graphql.ts';
import { builder } from '#graphql/builder.ts';

import { Order } from './graphql.ts';
import { encodeKey, orderByKey } from './loaders.ts';

builder.objectField(Change, 'order', (t) =>
  t.field({
    type: Order,
    nullable: true,
    description:
      'Of kinds that begin with ORDER, the order as of now; null where it moved with its customer into another.',
    resolve: ({ kind, customerId, subjectId }, _, context) =>
      kind.startsWith('order_') && customerId !== null && subjectId !== null
        ? orderByKey(context).load(encodeKey({ customerId, id: subjectId }))
        : null,
  }),
);
