/** Writes of the catalogue in the schema, and the types that bulk writes of other features share. No SQL. */
import { builder } from '#graphql/builder.ts';
import { ErrorInterface } from '#graphql/errors.ts';

import { type InvalidItem, InvalidItemsError, type ItemResult } from './errors.ts';
import { Product, ProductKind } from './graphql.ts';
import { productById } from './loaders.ts';
import { type ProductOutcome, upsertProductsEach } from './service.ts';

const ItemErrorCodeEnum = builder.enumType('ItemErrorCode', {
  description: 'What is wrong with an item of a list.',
  values: {
    INVALID_VALUE: { value: 'invalid_value', description: 'A value that cannot be used.' },
    PLACEHOLDER: {
      value: 'placeholder',
      description: 'Nothing but a placeholder such as `undefined` says who it is about.',
    },
    UNKNOWN_CUSTOMER: { value: 'unknown_customer', description: 'There is no customer of this id.' },
    UNKNOWN_PRODUCT: { value: 'unknown_product', description: 'There is no product of this sku.' },
  } as const,
});

const InvalidItemType = builder.objectRef<InvalidItem>('InvalidItem').implement({
  description: 'An item of a list that cannot be used.',
  fields: (t) => ({
    index: t.exposeInt('index', { description: 'Place in the list that was given, from 0.' }),
    field: t.exposeString('field', { description: 'Path inside the item, such as `lines.0.sku`.' }),
    code: t.expose('code', { type: ItemErrorCodeEnum, description: 'What is wrong, for programs.' }),
    message: t.exposeString('message', { description: 'What was expected and what came.' }),
  }),
});

builder.objectType(InvalidItemsError, {
  name: 'InvalidItemsError',
  description: 'Some items of a list cannot be used. Nothing of the list was written.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    items: t.expose('items', { type: [InvalidItemType], description: 'Each value that cannot be used.' }),
  }),
});

/** What a write did to a row. */
export const WriteOutcome = builder.enumType('WriteOutcome', {
  description: 'What a write did.',
  values: {
    CREATED: { value: 'created', description: 'It was new.' },
    UPDATED: { value: 'updated', description: 'It was there and changed.' },
    UNCHANGED: { value: 'unchanged', description: 'It was there and the same.' },
    SKIPPED: { value: 'skipped', description: 'It cannot be used, and was left out.' },
  } as const,
});

export const OnErrorEnum = builder.enumType('OnError', {
  description: 'What a write does with a list of which some items cannot be used.',
  values: {
    REJECT_ALL: {
      value: 'reject_all',
      description: 'It writes nothing and answers `InvalidItemsError`, which names them.',
    },
    SKIP: { value: 'skip', description: 'It writes the others; the result of each says what became of it.' },
  } as const,
});

type AnyItemResult = ItemResult<{ readonly outcome: 'created' | 'updated' | 'unchanged' }>;

/** What the results of all bulk writes say. */
export const ItemResultInterface = builder.interfaceRef<AnyItemResult>('ItemResult').implement({
  description: 'What became of one item of a list.',
  fields: (t) => ({
    index: t.exposeInt('index', { description: 'Place of the item in the list that was given, from 0.' }),
    outcome: t.field({
      type: WriteOutcome,
      description: 'What the write did.',
      resolve: ({ written }) => written?.outcome ?? 'skipped',
    }),
    errors: t.expose('errors', {
      type: [InvalidItemType],
      description: 'Why the item was skipped; empty where it was not.',
    }),
  }),
});

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
  description: 'What is known of a product. A field left out keeps its value, null clears it.',
  fields: (t) => ({
    sku: t.string({ required: true, description: "The shop's own code, at most 200 characters." }),
    name: t.string({ description: 'At most 500 characters; a new product without one is named by its sku.' }),
    description: t.string({ description: 'At most 20,000 characters.' }),
    brand: t.string({ description: 'At most 200 characters.' }),
    category: t.string({ description: 'Path from the root, parts joined by ` > `, at most 500 characters.' }),
    kind: t.field({ type: ProductKind, description: 'PRODUCT unless said otherwise.' }),
    price: t.field({ type: 'Decimal', description: 'Price of one unit, 0 or more.' }),
    stock: t.int({ description: 'Units on hand, 0 or more; null is not tracked.' }),
    imageUrl: t.string({ description: 'Address of a picture, at most 2,000 characters.' }),
    attributes: t.field({ type: 'JSON', description: 'Anything else, an object of at most 64 KiB.' }),
    keywords: t.field({
      type: [KeywordInput],
      description: 'Left out, they are taken from the name, category, brand and description.',
    }),
    isArchived: t.boolean({ description: 'True takes it off sale, false puts it back.' }),
  }),
});

const UpsertProductsInput = builder.inputType('UpsertProductsInput', {
  description: 'Products to take in.',
  fields: (t) => ({
    products: t.field({ type: [ProductInputType], required: true, description: 'At most 1,000 products.' }),
    onError: t.field({
      type: OnErrorEnum,
      required: true,
      defaultValue: 'reject_all',
      description: 'What to do where some products cannot be used.',
    }),
  }),
});

const ProductResult = builder.objectRef<ItemResult<ProductOutcome>>('ProductUpsert').implement({
  description: 'What became of one product of the list.',
  interfaces: [ItemResultInterface],
  fields: (t) => ({
    product: t.field({
      type: Product,
      nullable: true,
      description: 'The product as it is now; null where it was skipped.',
      resolve: ({ written }, _, context) =>
        written === null ? null : productById(context).load(written.productId),
    }),
  }),
});

const UpsertProductsPayload = builder
  .objectRef<{ results: readonly ItemResult<ProductOutcome>[] }>('UpsertProductsPayload')
  .implement({
    description: 'What became of the products.',
    fields: (t) => ({
      results: t.expose('results', { type: [ProductResult], description: 'In the order given.' }),
    }),
  });

/** A list as long as a request may carry. @param field of the input @throws {InvalidItemsError} */
export function checkListSize(items: readonly unknown[], max: number, field: string): void {
  if (items.length <= max) return;
  throw new InvalidItemsError([
    {
      index: max,
      field,
      code: 'invalid_value',
      message: `expected at most ${max} items, got ${items.length}`,
    },
  ]);
}

builder.mutationField('upsertProducts', (t) =>
  t.field({
    type: UpsertProductsPayload,
    description:
      'Takes products in by sku, all or none unless `onError` says otherwise. The same input a second time changes nothing.',
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
