/** Customers of change-log entries. No SQL. */
import { Change } from '#changes/graphql.ts';
import { builder } from '#graphql/builder.ts';
import { oncePerField, selectedNames } from '#graphql/selection.ts';

import { customerColumnsFor } from './columns.ts';
import { Customer } from './graphql.ts';
import { customerWith } from './loaders.ts';

const readColumns = oncePerField((_arguments: object, info) =>
  customerColumnsFor(info, selectedNames(info, [])),
);

builder.objectField(Change, 'customer', (t) =>
  t.field({
    type: Customer,
    nullable: true,
    description:
      'The customer as of now, not of the time of the entry; the one who took them in where they were merged since. Null for products and erased customers.',
    resolve: ({ customerId }, args, context, info) =>
      customerId === null ? null : customerWith(context, readColumns(args, info)).load(customerId),
  }),
);
