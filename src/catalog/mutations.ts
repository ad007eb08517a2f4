/** Writes of the catalogue in the schema. No SQL. */
import { builder } from '#graphql/builder.ts';
import { checkListSize, ItemResultInterface, OnErrorEnum } from '#graphql/items.ts';
import { InvalidItemsError, type ItemResult } from '#platform/input/item-errors.ts';

import { Product, ProductKind } from './graphql.ts';
import { productById } from './loaders.ts';
import { type ProductOutcome, upsertProductsEach } from './service.ts';

const KeywordInput = builder.inputType('ProductKeywordInput', {
  description: 'A word that describes a product.',
  fields: (t) => ({
    keyword: t.string({ required: true, description: 'The word, at most 100 characters.' }),
    weight: t.float({
      required: true,
      defaultValue: 1,
      description: "Above 0; only the share among the product's keywords matters.",
    }),
  }),
});

const ProductInputType = builder.inputType('ProductInput', {
  description: 'A product. A field left out keeps its value, null clears it.',
  fields: (t) => ({
    sku: t.string({ required: true, description: "The shop's own code, at most 200 characters." }),
    name: t.string({ description: 'At most 500 characters; a new product without one is named by its sku.' }),
    description: t.string({ description: 'At most 20,000 characters.' }),
    brand: t.string({ description: 'At most 200 characters.' }),
    category: t.string({ description: 'Path from the root, parts joined by ` > `, at most 500 characters.' }),
    kind: t.field({ type: ProductKind, description: 'PRODUCT by default.' }),
    price: t.field({ type: 'Decimal', description: 'Price of one unit, 0 or more.' }),
    stock: t.int({ description: 'Units on hand, 0 or more; null is not tracked.' }),
    imageUrl: t.string({ description: 'Address of a picture, at most 2,000 characters.' }),
    attributes: t.field({ type: 'JSON', description: 'Custom attributes, an object of at most 64 KiB.' }),
    keywords: t.field({
      type: [KeywordInput],
      description: 'By default derived from the name, category, brand and description.',
    }),
    isArchived: t.boolean({ description: 'True archives it, false restores it.' }),
  }),
});

const UpsertProductsInput = builder.inputType('UpsertProductsInput', {
  description: 'Products to create or update.',
  fields: (t) => ({
    products: t.field({ type: [ProductInputType], required: true, description: 'At most 1,000 products.' }),
    onError: t.field({
      type: OnErrorEnum,
      required: true,
      defaultValue: 'reject_all',
      description: 'Policy for invalid products.',
    }),
  }),
});

const ProductResult = builder.objectRef<ItemResult<ProductOutcome>>('ProductUpsert').implement({
  description: 'Outcome for one product of the list.',
  interfaces: [ItemResultInterface],
  fields: (t) => ({
    product: t.field({
      type: Product,
      nullable: true,
      description: 'The product after the change; null where it was skipped.',
      resolve: ({ written }, _, context) =>
        written === null ? null : productById(context).load(written.productId),
    }),
  }),
});

const UpsertProductsPayload = builder
  .objectRef<{ results: readonly ItemResult<ProductOutcome>[] }>('UpsertProductsPayload')
  .implement({
    description: 'Outcomes of the products.',
    fields: (t) => ({
      results: t.expose('results', { type: [ProductResult], description: 'In the order of the input.' }),
    }),
  });

builder.mutationField('upsertProducts', (t) =>
  t.field({
    type: UpsertProductsPayload,
    description:
      'Creates or updates products by sku, all or none unless `onError` says otherwise. Idempotent.',
    errors: { types: [InvalidItemsError], directResult: true },
    args: { input: t.arg({ type: UpsertProductsInput, required: true, description: 'The products.' }) },
    resolve: async (_, { input }, { app }) => {
      checkListSize(input.products, 1000, 'products');
      const products = input.products.map((product) => ({
        ...product,
        name: product.name ?? undefined,
        kind: product.kind ?? undefined,
        isArchived: product.isArchived ?? undefined,
        keywords: product.keywords ?? undefined,
        attributes: (product.attributes ?? undefined) as Record<string, unknown> | undefined,
      }));
      return { results: await upsertProductsEach(app, products, input.onError) };
    },
  }),
);
