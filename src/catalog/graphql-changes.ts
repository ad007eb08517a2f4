/** Products of change-log entries. No SQL. */
import { Change } from '#changes/graphql.ts';
import { builder } from '#graphql/builder.ts';

import { Product } from './graphql.ts';
import { productById } from './loaders.ts';

builder.objectField(Change, 'product', (t) =>
  t.field({
    type: Product,
    nullable: true,
    description: 'Of kinds that begin with PRODUCT, the product as of now; null for other kinds.',
    resolve: ({ kind, subjectId }, _, context) =>
      kind.startsWith('product_') && subjectId !== null ? productById(context).load(subjectId) : null,
  }),
);
