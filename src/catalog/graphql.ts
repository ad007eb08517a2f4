/** The catalogue in the schema. No SQL. */
import { readPage, toConnection } from '#graphql/connections.ts';
import { readGlobalId } from '#graphql/global-id.ts';
import { readKey } from '#platform/input/text.ts';
import { builder } from '#graphql/builder.ts';
import { instants } from '#graphql/instants.ts';

import type { Keyword } from './keywords.ts';
import { productById, productBySku } from './loaders.ts';
import { countProducts, isAvailable, type ProductRow, readProductPage, productsByName } from './queries.ts';

export const Product = builder.objectRef<ProductRow>('Product');

export const ProductKind = builder.enumType('ProductKind', {
  description: 'Kind of a product.',
  values: {
    PRODUCT: { value: 'product', description: 'A product that can be recommended.' },
    SERVICE: {
      value: 'service',
      description: 'Postage, fees, vouchers, adjustments: counted in figures, never recommended.',
    },
  } as const,
});

const ProductKeyword = builder.objectRef<Keyword>('ProductKeyword').implement({
  description: 'A word that describes a product.',
  fields: (t) => ({
    keyword: t.exposeString('keyword', { description: 'The word, lower case, singular.' }),
    weight: t.exposeFloat('weight', {
      description: "Share of the product's description, 0 to 1; those of one product add up to 1.",
    }),
  }),
});

builder.node(Product, {
  description: 'A product or service.',
  id: { resolve: (product) => product.id, description: 'Global id.' },
  loadMany: (ids, context) => ids.map((id) => productById(context).load(id)),
  fields: (t) => ({
    sku: t.exposeString('sku', { description: "The shop's own code of the product, unique." }),
    name: t.exposeString('name', { description: 'Name as shown to customers.' }),
    description: t.exposeString('description', {
      nullable: true,
      description: 'Text that describes the product.',
    }),
    brand: t.exposeString('brand', { nullable: true, description: 'The brand.' }),
    category: t.exposeString('category', {
      nullable: true,
      description: 'Path from the root category, parts separated by ` > `.',
    }),
    kind: t.expose('kind', { type: ProductKind, description: 'Product or service.' }),
    keywords: t.expose('keywords', {
      type: [ProductKeyword],
      description: 'Words that describe it, largest weight first, at most 12.',
    }),
    price: t.field({
      type: 'Money',
      nullable: true,
      description: 'Price of one unit.',
      resolve: ({ price }, _, { app }) =>
        price === null ? null : { amount: price, currency: app.config.currency },
    }),
    stock: t.exposeInt('stock', {
      nullable: true,
      description: 'Units on hand; null is not tracked, and counts as available.',
    }),
    isAvailable: t.boolean({
      description: 'Whether it can be sold now: a product, not archived, not out of stock.',
      resolve: isAvailable,
    }),
    imageUrl: t.exposeString('imageUrl', { nullable: true, description: 'Address of a picture.' }),
    attributes: t.expose('attributes', { type: 'JSON', description: 'Custom attributes of the shop.' }),
    ...instants(
      t,
      { createdAt: 'Time of creation.', updatedAt: 'Time of the last change.' },
      { archivedAt: 'Time of archiving; null while it is on sale.' },
    ),
  }),
});

const ProductBy = builder.inputType('ProductBy', {
  description: 'Which product: exactly one of these.',
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: 'Global id, as in `Product.id`.' }),
    sku: t.string({ description: "The shop's own code." }),
  }),
});

builder.queryField('product', (t) =>
  t.field({
    type: Product,
    nullable: true,
    description: 'One product; null where there is none.',
    args: { by: t.arg({ type: ProductBy, required: true, description: 'How to find it.' }) },
    resolve: (_, { by }, context) =>
      by.sku == null
        ? productById(context).load(readGlobalId('Product', by.id ?? '', 'by.id'))
        : productBySku(context).load(readKey('by.sku', by.sku, 200)),
  }),
);

builder.queryField('products', (t) =>
  t.connection(
    {
      type: Product,
      description: 'The products on sale and services, by name. Archived ones are left out.',
      args: {
        search: t.arg.string({
          description: 'Words that must all occur: in the name, sku or brand, or as the start of a keyword.',
        }),
        category: t.arg.string({ description: 'Only this category and those below it.' }),
      },
      resolve: async (_, args, { db }) => {
        const page = readPage(args, productsByName.order);
        const filter = { search: args.search ?? null, category: args.category ?? null };
        const rows = await readProductPage(db, filter, page);
        return toConnection(page, rows, productsByName.cursorOf, () => countProducts(db, filter));
      },
    },
    { name: 'ProductConnection', description: 'A page of products.' },
    { name: 'ProductEdge', description: 'A product and its cursor.' },
  ),
);
